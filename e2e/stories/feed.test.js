import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLink } from '../api.js';
import { figureIs, scanUntilShown, visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

let door;
let table;
const stage = setStage({
  async prepare({ page, base }) {
    door = await makeLink(base, 'https://example.com/door', { name: 'Door' });
    table = await makeLink(base, 'https://example.com/table', { name: 'Table 1' });
    await visit(page, base);
    await page.getByText('No scans yet.').waitFor();
    await page.locator('.feed.live').waitFor();
    await page.evaluate(() => (window.neverReloaded = true));
  },
});

test('the first scans of all links arrive on the open overview, and the numbers follow', async (t) => {
  const { page } = stage;
  const first = await scanUntilShown(page, () => open(door.xQrEntrypoint));
  const second = await scanUntilShown(page, () => open(table.entrypoint));
  t.diagnostic(`request to row, ms: ${[first, second].map(({ delay }) => delay.toFixed(0)).join(' ')}`);
  const rows = await page.locator('[data-scan]').allInnerTexts();
  assert.match(rows[0], /Table 1[^]*click/);
  assert.match(rows[1], /Door[^]*code/);
  await figureIs(page, 'scans', 2);
  await page.getByText('1 person on now').waitFor();
  await page.getByRole('button', { name: /^Door 1 50%/ }).waitFor();
  assert.equal(await page.evaluate(() => window.neverReloaded), true);
});

test('while somebody points at the list it waits, and tells how many have come', async () => {
  const { page } = stage;
  const newest = page.locator('[data-scan]').first();
  const read = await newest.getAttribute('data-scan');
  await newest.hover();
  await open(door.xQrEntrypoint);
  await open(door.xQrEntrypoint);
  const waiting = page.getByRole('button', { name: '2 new scans' });
  await waiting.waitFor();
  assert.equal(await newest.getAttribute('data-scan'), read);
  await figureIs(page, 'scans', 4);
  await waiting.click();
  await waiting.waitFor({ state: 'detached' });
  assert.notEqual(await newest.getAttribute('data-scan'), read);
  await page.mouse.move(0, 0);
});

test('a range that is over does not move', async () => {
  const { page, base } = stage;
  await visit(page, base, '?range=2020-01-01..2020-01-31');
  await page.getByText('The last scan was just now.').waitFor();
  await page.getByRole('link', { name: 'Show everything there is' }).click();
  await figureIs(page, 'scans', 4);
});

test('two people see the same scan', async () => {
  const { page, base } = stage;
  await visit(page, base);
  await page.locator('.feed.live').waitFor();
  const tab = await page.context().newPage();
  await visit(tab, base, `links/${door.id}`);
  await tab.locator('.feed.live').waitFor();
  await figureIs(tab, 'scans', 3);
  const [{ answer }] = await Promise.all([
    scanUntilShown(page, () => open(door.xQrEntrypoint)),
    figureIs(tab, 'scans', 4),
  ]);
  assert.equal(answer.status, 302);
  await figureIs(page, 'scans', 5);
  await tab.close();
});

endsWithoutComplaint(stage);
