import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { settled, signIn, visit } from '../browser.js';
import { UNATTENDED } from '../quietzone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const DAY_MS = 86_400_000;
const stage = setStage({ environment: { ...UNATTENDED, QUIETZONE_DEMO: 'true' } });
// Days that are over: while the stories play no scan is added to them.
const day = (ago) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);
const [first, last] = [day(20), day(10)];

/** Figures, chips and the longest list, as a person reads them. */
async function read(page) {
  await settled(page);
  await page.locator('.body:not(.stale) [data-figure=scans][data-value]').waitFor();
  return {
    figures: await page.locator('[data-figure]').allInnerTexts(),
    chips: await page.getByRole('list', { name: 'Filters', exact: true }).getByRole('listitem').allInnerTexts(),
    links: await page.locator('section', { has: page.getByRole('heading', { name: 'Links' }) }).last().innerText(),
  };
}

test('days are chosen and any row is a filter; the address says it all', async () => {
  const { page, base } = stage;
  await visit(page, base);
  await page.getByRole('button', { name: 'Dates…' }).click();
  await page.getByLabel('First day').fill(first);
  await page.getByLabel('Last day').fill(last);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  const all = await read(page);

  await page.getByRole('button', { name: /^Germany/ }).click();
  await page.getByRole('button', { name: 'Remove the filter Country is Germany' }).waitFor();
  await page.getByRole('button', { name: /^Phone/ }).click();
  await page.getByRole('button', { name: 'Remove the filter Device is Phone' }).waitFor();
  const narrowed = await read(page);
  assert.notDeepEqual(narrowed.figures, all.figures);
  assert.equal(new URL(page.url()).search, `?range=${first}..${last}&country=DE&device_type=mobile`);
});

test('somebody else opens the address and sees the same numbers', async () => {
  const { page, base, browser } = stage;
  const mine = await read(page);
  const other = await browser.person();
  await signIn(other, base);
  await other.goto(page.url());
  assert.deepEqual(await read(other), mine);
});

test('back and forth in the history, and a chip taken away', async () => {
  const { page } = stage;
  const both = await read(page);
  const phone = page.getByRole('button', { name: 'Remove the filter Device is Phone' });
  await phone.click();
  await phone.waitFor({ state: 'detached' });
  const one = await read(page);
  assert.equal(one.chips.length, 1);
  assert.notDeepEqual(one.figures, both.figures);
  await page.goBack();
  await phone.waitFor();
  assert.deepEqual(await read(page), both);
  await page.getByRole('button', { name: 'Clear all' }).click();
  await phone.waitFor({ state: 'detached' });
});

test('the table behind a chart has the chart’s numbers, and adds up to the figure', async () => {
  const { page } = stage;
  await page.getByRole('button', { name: 'Table: Scans over time' }).click();
  const rows = page.getByRole('region', { name: 'Scans over time' }).getByRole('row');
  assert.equal(await rows.count(), 12);
  const cells = await rows.locator('td:nth-child(2)').allInnerTexts();
  const sum = cells.reduce((total, cell) => total + Number(cell.replace(/\D/g, '')), 0);
  const figure = await page.locator('[data-figure=scans]').getAttribute('data-value');
  assert.equal(sum, Number(figure));
});

test('the longest lists open whole, and are searched', async () => {
  const { page } = stage;
  const networks = page.locator('section', { has: page.getByRole('heading', { name: 'Networks' }) }).last();
  await networks.getByRole('button', { name: /^Show all / }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('listitem').nth(20).waitFor();
  await dialog.getByLabel('Search').fill('telekom');
  // Networks there are more of than a list reads at once: the search asks for all of them.
  await dialog.getByText(/a search looks through all\.$/).waitFor();
  await dialog.getByRole('button', { name: /telekom/i }).first().waitFor();
  await dialog.getByRole('button', { name: /telekom/i }).first().click();
  await page.getByRole('button', { name: /^Remove the filter Network is .*Telekom/i }).waitFor();
  assert.equal(await dialog.count(), 0);
});

/** The rows of a panel that is saved as CSV, without its head. */
async function table(page, panel) {
  await page.getByRole('button', { name: `Copy: ${panel}` }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Save as CSV' }).click(),
  ]);
  const text = await readFile(await download.path(), 'utf8');
  return text.trimEnd().split('\r\n').slice(1);
}

test('a copied table adds up to the total, however long the list is', async () => {
  const { page, base } = stage;
  await visit(page, base, `?range=${day(80)}..${last}`);
  await settled(page);
  const total = Number(await page.locator('[data-figure=scans]').getAttribute('data-value'));
  const scansOf = (rows) => rows.reduce((sum, row) => sum + Number(row.split(',').at(-2)), 0);

  const networks = await table(page, 'Networks');
  assert.equal(networks.length, 1_001);
  assert.match(networks.at(-1), /^"?\(other\) [\d,]+ more/);
  assert.equal(scansOf(networks), total);
  await page.getByText(/^Saved 1,000 of [\d,]+ rows, and one for all the others\.$/).waitFor();

  const places = await table(page, 'Map');
  assert.equal(places.length, 501);
  assert.equal(scansOf(places), total);
  // What is pointed at is told in the same place.
  await page.mouse.move(0, 0);
  await page.getByText(/^The 500 places with most scans are drawn; [\d,]+ more, with [\d,]+ scans, are not\./).waitFor();
});

endsWithoutComplaint(stage);
