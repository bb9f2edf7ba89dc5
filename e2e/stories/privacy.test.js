import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

let link;
const stage = setStage({
  async prepare({ base }) {
    // Nobody answers there: what is of interest is the way to it.
    link = await makeLink(base, 'http://127.0.0.2:9/', { name: 'Door' });
  },
});

const group = (page, title) =>
  page.locator('section', { has: page.getByRole('heading', { name: title, level: 2 }) });

test('how long things are kept is set, and stays set', async () => {
  const { page, base } = stage;
  await open(link.xQrEntrypoint);
  await visit(page, base, 'settings/privacy');
  const keep = group(page, 'How long it is kept');
  await keep.getByLabel('Scans, days').fill('760');
  await keep.getByRole('button', { name: 'See what would go' }).click();
  await keep.getByText('Nothing would go.').waitFor();
  await keep.getByRole('button', { name: 'Save' }).click();
  await keep.getByText('Saved. Nothing had to go.').waitFor();
  await page.reload();
  assert.equal(await keep.getByLabel('Scans, days').inputValue(), '760');
  await keep.getByLabel('User agents, days').fill('31');
  await keep.getByRole('button', { name: 'Save' }).click();
  await keep.getByText(/31 is no number of days/).waitFor();
});

test('what a link gathered is erased after it was shown and typed', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/privacy');
  const erase = group(page, 'Erase');
  await erase.getByLabel('What', { exact: true }).selectOption({ label: 'What a link gathered' });
  await erase.getByLabel('Id of the link').fill(link.id);
  await erase.getByRole('button', { name: 'See what would go' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('0 people and 1 scan.').waitFor();
  await dialog.getByText('go too: totals fall').click();
  await dialog.getByText('Totals fall by 1 scan.').waitFor();
  await dialog.getByLabel(`Type ${link.id} to go on`).fill(link.id);
  await page.keyboard.press('Enter');
  await dialog.getByText('Erased. Nothing is left in any place that was searched.').waitFor();
  await dialog.getByText('Totals fell by 1 scan.').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await group(page, 'Receipts').getByText(/What a link gathered/).waitFor();
  const { link: read } = await ask(base, 'GET', `/v1/links/${link.id}`);
  assert.equal(read.eventCount ?? 0, 0);
});

endsWithoutComplaint(stage);
