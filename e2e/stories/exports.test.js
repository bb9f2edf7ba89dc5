import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ask, invite, makeLink } from '../api.js';
import { signIn, visit } from '../browser.js';
import { open } from '../phone.js';
import { UNATTENDED } from '../quietzone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

let link;
const stage = setStage({
  environment: UNATTENDED,
  async prepare({ base }) {
    link = await makeLink(base, 'http://127.0.0.2:9/', { name: 'Door' });
    for (let scan = 0; scan < 3; scan += 1) await open(`${base}/${link.shortlink}`);
  },
});

const button = (name) => stage.page.getByRole('button', { name });

async function downloaded(press) {
  const waiting = stage.page.waitForEvent('download');
  await press();
  const download = await waiting;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}

test('the room is empty at first, and makes a file of chosen columns', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/exports');
  await page.getByText('No files yet.').waitFor();
  await page.getByLabel('Count', { exact: true }).selectOption('all');
  await page.locator('summary', { hasText: 'Columns' }).click();
  for (const name of ['reason', 'region', 'network']) await page.getByText(name, { exact: true }).click();
  await button('Make the file').click();
  const fetch = page.getByRole('link', { name: /^Download scans-/ });
  await fetch.waitFor();
  await page.getByText('3 rows').waitFor();
  await page.getByText('kept until').waitFor();
  const { name, text } = await downloaded(() => fetch.click());
  assert.match(name, /^scans-.*\.csv$/);
  const [head, ...rows] = text.trim().split('\r\n');
  assert.ok(head.startsWith('id,scannedAt,linkId,linkName'));
  assert.ok(!head.includes('reason') && !head.includes('region'));
  assert.equal(rows.length, 3);
});

test('a file is deleted, and made again', async () => {
  const { page } = stage;
  await button(/^Delete scans-/).click();
  await page.getByText('No files yet.').waitFor();
  await page.getByRole('button', { name: 'Make it again' }).click();
  await page.getByRole('link', { name: /^Download scans-/ }).waitFor();
});

test('every list has its way out', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  const links = await downloaded(() => button('Export Links').click());
  assert.match(links.text, /Door/);
  await page.getByText('The file is with your downloads.').waitFor();
  await visit(page, base, '');
  const scans = await downloaded(() => button('Export all scans of this range').click());
  assert.equal(scans.text.trim().split('\r\n').length, 4);
});

test('everything is packed into one archive', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/exports');
  await button('Pack everything').click();
  const fetch = page.getByRole('link', { name: /^Download bundle-/ });
  await fetch.waitFor();
  const waiting = page.waitForEvent('download');
  await fetch.click();
  const bytes = await readFile(await (await waiting).path());
  assert.equal(bytes.subarray(0, 2).toString(), 'PK');
  assert.ok(bytes.includes(Buffer.from('nginx/quietzone.conf')));
});

test('a viewer is told why there is nothing to take away', async () => {
  const { base, browser } = stage;
  const viewer = { email: 'vera@example.com', password: 'a quiet zone for looking' };
  const token = new URL(await invite(base, viewer.email, 'ROLE_VIEWER')).searchParams.get('token');
  await ask(base, 'POST', '/v1/x/join', { token, password: viewer.password });
  const page = await browser.person();
  await signIn(page, base, viewer);
  await visit(page, base, 'settings/exports');
  await page.getByText('A viewer sees numbers and exports nothing.').waitFor();
  await visit(page, base, 'links');
  await page.getByRole('link', { name: 'Door' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Export Links' }).count(), 0);
});

endsWithoutComplaint(stage);
