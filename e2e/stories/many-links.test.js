import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { visit } from '../browser.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const NAMES = ['Bar', 'Door', 'Table', 'Wall'];
const stage = setStage({
  async prepare({ base }) {
    for (const name of NAMES) await makeLink(base, `https://example.com/${name.toLowerCase()}`, { name });
    await ask(base, 'POST', '/v1/directories', { name: 'Summer' });
  },
});

const all = async () => (await ask(stage.base, 'GET', '/v1/links?include=tags')).links;
const tagged = async (tag) =>
  (await all())
    .filter(({ tags }) => tags.some(({ name }) => name === tag))
    .map(({ name }) => name)
    .sort();

test('rows are selected by keyboard and by Shift, and tagged with undo', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await page.locator('a.row').nth(3).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.getByText('1 link selected').waitFor();
  await page.getByLabel('Select Door').click({ modifiers: ['Shift'] });
  await page.getByText('3 links selected').waitFor();
  await page.getByRole('button', { name: 'Add a tag' }).click();
  await page.getByRole('dialog').getByLabel('Tag', { exact: true }).fill('print');
  await page.keyboard.press('Enter');
  await page.getByText('Tagged 3 links.').waitFor();
  assert.deepEqual(await tagged('print'), ['Door', 'Table', 'Wall']);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.getByText('Undone.').waitFor();
  assert.deepEqual(await tagged('print'), []);
});

test('all are selected, moved, and deleted with undo; Escape selects none', async () => {
  const { page } = stage;
  await page.getByLabel('Select all links that are shown').click();
  await page.getByText('4 links selected').waitFor();
  await page.getByRole('button', { name: 'Move…' }).click();
  await page.getByRole('dialog').getByLabel('Folder').selectOption('Summer');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('Moved 4 links.').waitFor();
  assert.ok((await all()).every((link) => link.directoryId));
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('Deleted 4 links.').waitFor();
  await page.getByRole('heading', { name: /first code/ }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.locator('a.row').nth(3).waitFor();
  await page.getByLabel('Select Bar').click();
  await page.getByText('1 link selected').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('1 link selected').waitFor({ state: 'detached' });
});

test('a link is put away, found among those put away, and brought back', async () => {
  const { page } = stage;
  await page.getByLabel('Select Bar').click();
  await page.getByRole('button', { name: 'Put away', exact: true }).click();
  await page.locator('a.row', { hasText: 'Bar' }).waitFor({ state: 'detached' });
  await page.getByRole('combobox', { name: 'Show' }).selectOption('Put away');
  await page.locator('a.row', { hasText: 'Bar' }).waitFor();
  await page.getByLabel('Select Bar').click();
  await page.getByRole('button', { name: 'Bring back', exact: true }).click();
  await page.locator('a.row', { hasText: 'Bar' }).waitFor({ state: 'detached' });
  await page.getByRole('combobox', { name: 'Show' }).selectOption('In use');
  await page.locator('a.row').nth(3).waitFor();
});

test('a file is looked at, its wrong rows are shown, the right ones imported and taken back', async () => {
  const { page } = stage;
  await page.getByRole('button', { name: 'Import from a file' }).click();
  const table =
    'Long URL;Title;Slug;Clicks;Colour\nhttps://example.com/a;First;imp-a;7;red\nnonsense;Second;;;\nhttps://example.com/c;Third;;;\n';
  const file = { name: 'codes.csv', mimeType: 'text/csv', buffer: Buffer.from(`\ufeff${table}`) };
  const dialog = page.getByRole('dialog');
  await dialog.locator('input[type=file]').setInputFiles(file);
  await dialog.getByText('codes.csv: 3 rows, 2 can be made.').waitFor();
  await dialog.getByText('1 row cannot be made.').waitFor();
  await dialog.getByRole('cell', { name: '3', exact: true }).first().waitFor();
  await dialog.getByText(/Long URL → destination/).waitFor();
  await dialog.getByText(/Colour: not used/).waitFor();
  await dialog.getByRole('button', { name: 'Import the 2 right rows' }).click();
  await page.getByText('Imported 2 links.').waitFor();
  await page.locator('a.row', { hasText: 'First' }).waitFor();
  assert.equal((await all()).length, 6);
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await page.locator('a.row', { hasText: 'First' }).waitFor({ state: 'detached' });
  assert.equal((await all()).length, 4);
});

test('search finds by destination', async () => {
  const { page } = stage;
  await page.getByLabel('Search links').fill('example.com/wall');
  await page.getByText('1 link', { exact: true }).waitFor();
  await page.locator('a.row', { hasText: 'Wall' }).waitFor();
});

endsWithoutComplaint(stage);
