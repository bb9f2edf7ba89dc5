import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLink } from '../api.js';
import { visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

let link;
const stage = setStage({
  async prepare({ base }) {
    link = await makeLink(base, 'https://example.com/summer', { name: 'Summer poster' });
    await makeLink(base, 'https://example.com/other', { name: 'Other' });
  },
});

async function deleteIt(page) {
  await visit(page, stage.base, `links/${link.id}`);
  await page.getByRole('button', { name: 'Delete this link' }).click();
  await page.getByText('Deleted Summer poster. Its code now says that the link has ended.').waitFor();
}

const isListed = (page) => page.locator('a.row', { hasText: 'Summer poster' });

test('a deleted link says that it has ended, and comes back by undo', async () => {
  const { page } = stage;
  await deleteIt(page);
  assert.equal(new URL(page.url()).pathname, '/app/links');
  await isListed(page).waitFor({ state: 'detached' });
  await page.getByText('1 link', { exact: true }).waitFor();
  assert.equal((await open(link.xQrEntrypoint)).status, 410);

  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('heading', { name: 'Summer poster' }).waitFor();
  assert.equal((await open(link.xQrEntrypoint)).location, 'https://example.com/summer');
});

test('later it comes back out of the trash', async () => {
  const { page } = stage;
  await deleteIt(page);
  await page.getByRole('link', { name: 'Trash' }).click();
  await page.getByText(/Gone for good/).waitFor();
  await page.getByRole('button', { name: 'Restore Summer poster' }).click();
  await page.getByText('Summer poster is back.').waitFor();
  await page.getByRole('heading', { name: 'Summer poster' }).waitFor();
  assert.equal((await open(link.xQrEntrypoint)).status, 302);

  await visit(page, stage.base, 'links?trash=1');
  await page.getByText('Nothing here.').waitFor();
  await page.getByRole('link', { name: 'All links' }).click();
  await isListed(page).waitFor();
});

test('a page of a deleted link tells where it is', async () => {
  const { page } = stage;
  await deleteIt(page);
  await page.goBack();
  await page.getByRole('heading', { name: 'This link is not here' }).waitFor();
  await page.getByRole('link', { name: 'trash' }).click();
  await page.getByRole('button', { name: 'Restore Summer poster' }).waitFor();
});

endsWithoutComplaint(stage);
