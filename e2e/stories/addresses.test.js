import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const DESTINATION = 'https://example.com/menu';
let link;
const stage = setStage({
  async prepare({ base }) {
    link = await makeLink(base, DESTINATION, { name: 'Menu', shortlink: 'menu' });
  },
});

const at = (slug) => open(`${stage.base}/${slug}`);

test('a place gets an address of its own, and its code leads to the link', async () => {
  const { page, base } = stage;
  await visit(page, base, `links/${link.id}`);
  await page.getByRole('button', { name: 'Add an address' }).click();
  await page.getByLabel('Place', { exact: true }).fill('Poster at the station');
  await page.getByRole('textbox', { name: 'Short address', exact: true }).fill('MENU');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText(/This slug leads somewhere already/).waitFor();
  await page.getByRole('textbox', { name: 'Short address', exact: true }).fill('station');
  await page.keyboard.press('Enter');
  await page.getByText('Poster at the station leads here from now on.').waitFor();
  const row = page.locator('li[data-slug="station"]');
  await row.getByRole('img', { name: 'QR code of Poster at the station' }).waitFor();
  assert.equal((await at('Q/STATION')).location, DESTINATION);
  await row.getByRole('button', { name: /^Change the place/ }).click();
  await page.keyboard.type('Main hall');
  await page.keyboard.press('Enter');
  await row.getByText('Main hall', { exact: true }).first().waitFor();
});

test('an address is stopped, and leads on again by undo', async () => {
  const { page } = stage;
  const row = page.locator('li[data-slug="station"]');
  await row.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Main hall is stopped.').waitFor();
  assert.equal((await at('station')).status, 410);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await row.getByRole('button', { name: 'Stop' }).waitFor();
  assert.equal((await at('station')).status, 302);
});

test('another address becomes the main one, and the one before keeps leading', async () => {
  const { page } = stage;
  const row = page.locator('li[data-slug="station"]');
  await row.getByRole('button', { name: 'Make main' }).click();
  await page.getByText(/Main hall is the main address now/).waitFor();
  await row.getByText('Main address').waitFor();
  assert.equal((await at('menu')).location, DESTINATION);
  const old = page.locator('li[data-slug="menu"]');
  await old.getByRole('button', { name: 'Stop' }).click();
  await old.getByRole('button', { name: 'Release…' }).click();
  await page.getByRole('dialog').getByText('anybody can take it').waitFor();
  await page.getByRole('button', { name: 'Release it' }).click();
  await old.waitFor({ state: 'detached' });
  assert.equal((await at('menu')).status, 404);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await old.waitFor();
  assert.equal((await at('menu')).status, 302);
});

test('the short address is changed in its line, and back', async () => {
  const { page } = stage;
  await page.getByRole('button', { name: 'Change the short address' }).click();
  await page.getByRole('textbox', { name: 'Short address' }).fill('karte');
  await page.keyboard.press('Enter');
  await page.getByText('Moved to karte. The address before keeps leading here.').waitFor();
  assert.equal((await at('karte')).location, DESTINATION);
  assert.equal((await at('station')).location, DESTINATION);
});

test('every change is in the history, and one click goes back', async () => {
  const { page, base } = stage;
  await ask(base, 'PATCH', `/v1/links/${link.id}`, { name: 'Menu of today', tags: ['print'] });
  await visit(page, base, `links/${link.id}`);
  await page.getByRole('heading', { name: 'Menu of today' }).waitFor();
  await page.getByText('History', { exact: true }).click();
  const first = page.locator('li[data-action="created"]');
  await first.getByText('Created').waitFor();
  await page.getByText('Main address:').first().waitFor();
  const newest = page.locator('li[data-action]').first();
  await newest.getByText('Menu of today').waitFor();
  await newest.getByRole('button', { name: 'Take back: Name, Tags' }).click();
  await page.getByText('That change is taken back.').waitFor();
  await page.getByRole('heading', { name: 'Menu', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.getByRole('heading', { name: 'Menu of today' }).waitFor();
  await first.getByRole('button', { name: /^Go back to here,/ }).click();
  await page.getByText('The link is what it was then.').waitFor();
  const now = (await ask(base, 'GET', `/v1/links/${link.id}`)).link;
  assert.deepEqual([now.name, now.shortlink], ['Menu', 'menu']);
  assert.equal((await at('karte')).status, 302, 'what was printed meanwhile keeps leading');
});

test('a link is duplicated, and the copy can be taken back', async () => {
  const { page } = stage;
  await page.getByRole('button', { name: 'Duplicate this link' }).click();
  await page.getByRole('heading', { name: 'Menu (copy)' }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.getByRole('heading', { name: 'Links', exact: true }).waitFor();
  await page.locator('a.row', { hasText: 'Menu (copy)' }).waitFor({ state: 'detached' });
});

endsWithoutComplaint(stage, /409|status of 409/);
