import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCounted, makeLink } from '../api.js';
import { visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const SCANS = { Terrace: 1, Bar: 3 };
const stage = setStage({
  async prepare({ base }) {
    const tags = { Terrace: ['tables', 'outside'], Bar: ['tables'], Window: [] };
    for (const [name, of] of Object.entries(tags)) {
      const link = await makeLink(base, `https://example.com/${name.toLowerCase()}`, { name, tags: of });
      const scans = SCANS[name] ?? 0;
      for (let scan = 0; scan < scans; scan += 1) await open(link.xQrEntrypoint);
      await isCounted(base, link.id, scans);
    }
  },
});

const names = (page) => page.locator('a.row').allInnerTexts();

async function namesAre(page, ...expected) {
  await page.waitForFunction(
    (expected) => [...document.querySelectorAll('a.row')].map((row) => row.innerText).join() === expected,
    expected.join(),
  );
}

test('the table shows each link with its scans, its tags and when it was last scanned', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await namesAre(page, 'Window', 'Bar', 'Terrace');
  const bar = page.getByRole('row', { name: /Bar/ });
  await bar.getByRole('img', { name: 'Bar: 3 scans in 30 days' }).waitFor();
  await bar.getByText('just now').waitFor();
  await bar.getByText('example.com/bar').waitFor();
  await page.getByRole('row', { name: /Window/ }).getByText('not yet').waitFor();
});

test('a press on a column sorts, a second one turns the order, and the address keeps it', async () => {
  const { page } = stage;
  await page.getByRole('columnheader', { name: 'Scans' }).getByRole('link').click();
  await namesAre(page, 'Bar', 'Terrace', 'Window');
  await page.getByRole('columnheader', { name: 'Scans' }).getByRole('link').click();
  await namesAre(page, 'Window', 'Terrace', 'Bar');
  await page.getByRole('columnheader', { name: 'Link' }).getByRole('link').click();
  await namesAre(page, 'Bar', 'Terrace', 'Window');
  await page.reload();
  await namesAre(page, 'Bar', 'Terrace', 'Window');
  await page.goBack();
  await namesAre(page, 'Window', 'Terrace', 'Bar');
});

test('search finds by name, and the address keeps it', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await page.getByLabel('Search links').fill('terr');
  await namesAre(page, 'Terrace');
  assert.equal(new URL(page.url()).searchParams.get('q'), 'terr');
  await page.getByLabel('Search links').fill('nobody');
  await page.getByText('No link matches.').waitFor();
  await page.getByRole('link', { name: 'Show all links' }).click();
  await namesAre(page, 'Window', 'Bar', 'Terrace');
});

test('a tag narrows the table, from the list and from a row', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await page.getByRole('combobox', { name: /^Tag/ }).selectOption('tables');
  await namesAre(page, 'Bar', 'Terrace');
  await page.getByRole('link', { name: 'outside' }).click();
  await namesAre(page, 'Terrace');
  assert.equal(new URL(page.url()).searchParams.get('tag'), 'outside');
});

test('silence is asked for in days; a link of today is not silent yet', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await page.getByRole('combobox', { name: /^Last scan/ }).selectOption('None for 7 days');
  await page.getByText('No link has been silent for so long.').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('silent'), '7');
});

test('tags and the name are changed on the page of the link', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await page.getByRole('link', { name: 'Window' }).click();
  await page.getByRole('button', { name: 'Change the tags' }).click();
  await page.getByLabel('Tags', { exact: false }).first().fill('outside, door ,outside');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'door' }).waitFor();
  await page.getByRole('button', { name: 'Change the name' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Shop window');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Shop window' }).waitFor();
  await page.getByRole('link', { name: 'outside' }).click();
  await namesAre(page, 'Shop window', 'Terrace');
  assert.equal((await names(page)).length, 2);
});

endsWithoutComplaint(stage);
