import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, isCounted } from '../api.js';
import { createLink, downloadCode, figureIs, scanUntilShown, visit } from '../browser.js';
import { decode, rasterise } from '../decode.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const stage = setStage();
const files = await mkdtemp(join(tmpdir(), 'quietzone-codes-'));
after(() => rm(files, { recursive: true, force: true }));

const download = (page, format) => downloadCode(page, format, files);

test('a downloaded code is scanned, and the scan arrives on the open page', async (t) => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await page.getByRole('heading', { name: 'Where should your first code lead?' }).waitFor();
  const id = await createLink(page, 'https://example.com/spring');
  await page.getByText('No scans yet.').waitFor();
  const { link } = await ask(base, 'GET', `/v1/links/${id}`);

  const png = await download(page, 'PNG');
  assert.match(png, /\.png$/);
  assert.deepEqual(await decode(png), { zbar: link.xQrEntrypoint, zxing: link.xQrEntrypoint });
  const svg = await download(page, 'SVG');
  assert.match(svg, /\.svg$/);
  const drawn = join(files, 'drawn.png');
  await rasterise(page.context(), svg, drawn);
  assert.deepEqual(await decode(drawn), { zbar: link.xQrEntrypoint, zxing: link.xQrEntrypoint });

  await page.evaluate(() => (window.neverReloaded = true));
  const delays = [];
  for (let scan = 1; scan <= 5; scan += 1) {
    const { answer, delay } = await scanUntilShown(page, () => open(link.xQrEntrypoint));
    assert.equal(answer.status, 302);
    assert.equal(answer.location, 'https://example.com/spring');
    delays.push(delay);
  }
  t.diagnostic(`request to row on the page, ms: ${delays.map((ms) => ms.toFixed(0)).join(' ')}`);
  const row = await page.locator('[data-scan]').first().innerText();
  assert.match(row, /iPhone/);
  assert.match(row, /code/);

  // The figures follow without a reload; so does the link's own count, on the next page.
  await figureIs(page, 'scans', 5);
  await isCounted(base, id, 5);
  await page.getByRole('link', { name: 'Links', exact: true }).click();
  await page.getByRole('row').nth(1).getByText('5', { exact: true }).waitFor();
  assert.equal(await page.evaluate(() => window.neverReloaded), true);
});

test('a size for print is chosen, and the file has it', async () => {
  const { page } = stage;
  await page.locator('a.row').click();
  await page.getByLabel('Size of the PNG').selectOption({ label: '2000 px, 169 mm at 300 dpi' });
  const png = await download(page, 'PNG');
  const drawn = await page.context().newPage();
  await drawn.goto(`file://${png}`);
  assert.equal(await drawn.evaluate(() => document.images[0].naturalWidth), 2000);
  await drawn.close();
});

test('a client without a browser is kept apart, and shown with its reason', async () => {
  const { page } = stage;
  const address = await page.locator('a.address').first().innerText();
  await page.getByRole('link', { name: 'Everything' }).click();
  await page.waitForURL(/verdict=all/);
  await page.locator('.feed.live').waitFor();
  await fetch(address, { redirect: 'manual', headers: { 'User-Agent': 'curl/8.14.1' } });
  const row = page.locator('[data-scan]', { hasText: 'Bot' });
  await row.waitFor();
  assert.match(await row.innerText(), /robot|script/i);

  await page.getByRole('link', { name: 'People' }).click();
  await figureIs(page, 'scans', 5);
  assert.equal(await page.locator('[data-scan]', { hasText: 'Bot' }).count(), 0);

  // The link's own list keeps every request, each with its verdict and why.
  await page.getByText('Every request').click();
  const request = page.locator('[data-request]', { hasText: 'Bot' });
  await request.getByText('ua:').waitFor();
  await page.getByRole('combobox', { name: /^Verdict/ }).selectOption('Person');
  await request.waitFor({ state: 'detached' });
  assert.equal(await page.locator('[data-request]').count(), 5);
});

test('notes are kept as they are typed', async () => {
  const { page } = stage;
  await page.getByLabel('Notes').fill('Beside the till, from June.');
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.reload();
  await page.getByLabel('Notes').waitFor();
  assert.equal(await page.getByLabel('Notes').inputValue(), 'Beside the till, from June.');
});

endsWithoutComplaint(stage);
