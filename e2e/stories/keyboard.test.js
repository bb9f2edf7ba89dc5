import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLink } from '../api.js';
import { numbers } from '../views/demo.js';
import { figureIs, settled, visit } from '../browser.js';
import { UNATTENDED } from '../quietzone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const stage = setStage({
  environment: { ...UNATTENDED, QUIETZONE_DEMO: 'true' },
  prepare: ({ base }) => makeLink(base, 'https://example.com/menu', { name: 'Aurora menu' }),
});

/** What has the focus, as it is called. */
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement: one } = document;
    return one.getAttribute('aria-label') ?? one.labels?.[0]?.innerText ?? one.innerText.trim();
  });

async function tab(page, ...names) {
  for (const name of names) {
    await page.keyboard.press('Tab');
    assert.match(await focused(page), name);
  }
}

const palette = (page) => page.getByRole('dialog', { name: 'Search and commands' });

test('Tab goes through the page in the order it is read, and the way to the page is short', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await page.evaluate(() => document.activeElement.blur());
  const pages = [/^Overview/, /^Links/, /^Leads/, /^Settings/];
  const order = [/own workspace/, /^Skip/, /^Quietzone/, ...pages, /Search/, /^Menu of/];
  await tab(page, ...order, /^Import/, /^Export/, /new code lead/, /^Create/, /^Search links/, /^Tag/, /^Last scan/);
  await visit(page, base, 'links');
  await tab(page, /own workspace/, /^Skip/);
  await page.keyboard.press('Enter');
  await tab(page, /^Import/, /^Export/, /new code lead/);
});

test('the palette opens a page, and the keyboard goes on from its heading', async () => {
  const { page } = stage;
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  await page.keyboard.type('set');
  await palette(page).getByRole('option', { name: 'Settings: Workspace' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Address', level: 1 }).waitFor();
  await page.waitForFunction(() => document.activeElement.tagName === 'H1');
  assert.equal(await focused(page), 'Address');
  assert.equal(await palette(page).count(), 0);
});

test('the palette finds a link by its name, and makes one of an address', async () => {
  const { page } = stage;
  await page.keyboard.press('/');
  await page.keyboard.type('aurora');
  await palette(page).getByRole('option', { name: /Aurora menu/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Aurora menu' }).waitFor();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('example.com/winter');
  await palette(page).getByRole('option', { name: 'Create a link to example.com/winter' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'https://example.com/winter' }).waitFor();
});

test('Escape closes it, and the focus is where it was', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await page.getByLabel('Search links').focus();
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
  await settled(page);
  assert.equal(await focused(page), 'Search links');
});

test('j and k walk through the links, Enter opens one; letters are letters in a field', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await page.getByLabel('Search links').focus();
  await page.keyboard.type('j/?');
  assert.equal(await page.getByLabel('Search links').inputValue(), 'j/?');
  await page.getByLabel('Search links').fill('linden');
  await page.waitForURL(/q=linden/);
  await page.waitForFunction(() => [...document.querySelectorAll('a.row')].every((row) => /Linden/.test(row.innerText)));
  await page.evaluate(() => document.activeElement.blur());
  const rows = await page.locator('a.row').allInnerTexts();
  for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
  assert.equal(await focused(page), rows[1]);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: rows[1], level: 1 }).waitFor();
});

test('the list of shortcuts tells them, and switches off those of a single letter', async () => {
  const { page } = stage;
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await list.getByRole('switch').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'detached' });
  await page.keyboard.press('/');
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  assert.equal(await page.getByRole('combobox', { name: /paste an address/ }).inputValue(), '');
  await page.keyboard.press('Escape');
});

test('charts are read with the arrow keys, and a place on the map is a filter', async () => {
  const { page, base } = stage;
  await visit(page, base);
  await numbers(page);
  const chart = page.getByRole('slider', { name: /^Scans over time/ });
  await chart.focus();
  const last = await chart.getAttribute('aria-valuetext');
  await page.keyboard.press('ArrowLeft');
  assert.match(await chart.getAttribute('aria-valuetext'), /: [\d,]+ scans, [\d,]+ visitors$/);
  assert.notEqual(await chart.getAttribute('aria-valuetext'), last);

  await page.getByRole('grid', { name: 'Hours of the week' }).locator('[tabindex="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.getByText(/^Tuesday, 01:00 – 02:00: [\d,]+ scans?$/).waitFor();

  await page.getByRole('application', { name: /^World map/ }).focus();
  await page.keyboard.press('PageDown');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Remove the filter City is / }).waitFor();
  await settled(page);
});

test('a first link is made, led elsewhere and deleted without a mouse', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await page.getByLabel('Where should a new code lead?').focus();
  await page.keyboard.type('example.com/keys');
  await page.keyboard.press('Enter');
  const change = page.getByRole('button', { name: 'Change the destination' });
  await change.waitFor();
  await change.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('example.com/other');
  await page.keyboard.press('Enter');
  await page.getByText('The next scan goes to example.com/other.').waitFor();
  await page.locator(':focus').and(change).waitFor();
  await page.getByRole('button', { name: 'Delete this link' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText(/^Deleted /).waitFor();
  await page.getByRole('button', { name: 'Undo' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Delete this link' }).waitFor();
  await figureIs(page, 'scans', 0);
});

endsWithoutComplaint(stage);
