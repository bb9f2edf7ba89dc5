import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { visit } from '../browser.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const stage = setStage();
const sample = (name) => fileURLToPath(new URL(`../../docs/import/${name}`, import.meta.url));

test('an export of Bitly is recognised, looked at row by row, and made', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links?import=1');
  const dialog = page.getByRole('dialog');
  await dialog.locator('input[type=file]').setInputFiles(sample('bitly.csv'));
  await dialog.getByText('From Bitly.').waitFor();
  await dialog.getByText('bit.ly: no domain of this workspace.', { exact: false }).waitFor();
  await dialog.getByText('upper and lower case are the same', { exact: false }).waitFor();
  await dialog.getByText('1,251 clicks of before', { exact: false }).waitFor();
  // Said to be another program's it is none.
  await dialog.getByLabel('Comes from').selectOption('shlink');
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('Comes from').selectOption('');
  await dialog.getByRole('button', { name: 'Import the 2 right rows' }).click();
  await page.getByText('Imported 2 links.').waitFor();
});

test('a link tells what it was before', async () => {
  const { page } = stage;
  await page.getByRole('link', { name: 'Menu, table 7' }).first().click();
  await page.getByText('Before Quietzone').waitFor();
  await page.getByText('1,234 clicks at Bitly, made 3 May 2021').waitFor();
  assert.equal(await page.getByText('bit.ly/Menu-7').count(), 1);
});

endsWithoutComplaint(stage);
