import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createLink, openBrowser, picture, signIn } from '../browser.js';
import { decode, rasterise } from '../decode.js';
import { open } from '../phone.js';
import { API_TOKEN, startQuietzone, UNATTENDED } from '../quietzone.js';

let server;
let browser;
let files;
before(async () => {
  files = await mkdtemp(join(tmpdir(), 'quietzone-codes-'));
  server = await startQuietzone(UNATTENDED);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await rm(files, { recursive: true, force: true });
});

async function download(page, format) {
  const [given] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: format, exact: true }).click(),
  ]);
  const path = join(files, given.suggestedFilename());
  await given.saveAs(path);
  return path;
}

/** Scans once and measures until the page shows a row that it did not show. */
async function scanUntilShown(page, address) {
  const shown = await page.locator('[data-scan]').count();
  const begun = performance.now();
  const answer = await open(address);
  await page.locator('[data-scan]').nth(shown).waitFor();
  return { answer, delay: performance.now() - begun };
}

test('a downloaded code is scanned, and the scan arrives on the open page', async (t) => {
  const { page } = browser;
  await signIn(page, server.base);
  await page.getByRole('heading', { name: 'Where should your first code lead?' }).waitFor();
  await picture(page, '1-first-link');

  const id = await createLink(page, 'https://example.com/spring');
  await page.getByText('No scans yet.').waitFor();
  await picture(page, '2-no-scans');

  const response = await fetch(`${server.base}/v1/links/${id}`, {
    headers: { Authorization: `Bearer ${API_TOKEN}` },
  });
  const { link } = await response.json();

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
  for (let i = 0; i < 5; i += 1) {
    const { answer, delay } = await scanUntilShown(page, link.xQrEntrypoint);
    assert.equal(answer.status, 302);
    assert.equal(answer.location, 'https://example.com/spring');
    delays.push(delay);
  }
  t.diagnostic(`request to row on the page, ms: ${delays.map((ms) => ms.toFixed(0)).join(' ')}`);
  const row = page.locator('[data-scan]').first();
  assert.match(await row.innerText(), /iPhone/);
  assert.match(await row.innerText(), /code/);

  // The figures and the link's own count follow without a reload.
  await page.locator('.figure', { hasText: /^5$/ }).waitFor();
  await page.locator('aside a[aria-current]', { hasText: '5 scans' }).waitFor();
  assert.equal(await page.evaluate(() => window.neverReloaded), true);
  await picture(page, '3-scans');
});

test('a new destination holds from the next scan on', async () => {
  const { page } = browser;
  await page.getByRole('button', { name: 'Change the destination' }).click();
  await page.getByLabel('Destination', { exact: true }).fill('example.org/summer');
  await page.keyboard.press('Enter');
  await page.getByText('The next scan goes to example.org/summer.').waitFor();
  await picture(page, '4-new-destination');

  const address = await page.locator('.address').innerText();
  const { answer } = await scanUntilShown(page, address);
  assert.equal(answer.location, 'https://example.org/summer');
  assert.match(await page.locator('[data-scan]').first().innerText(), /click/);
});

test('a destination that is no address is refused beside the field', async () => {
  const { page } = browser;
  const field = page.locator('input[name=destination]');
  await field.fill('https://');
  await page.keyboard.press('Enter');
  await page.locator('form [role=alert]').waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.equal(await field.inputValue(), 'https://');
  await picture(page, '5-refused');
  await field.fill('');
});

test('a deleted link comes back by undo', async () => {
  const { page } = browser;
  const address = await page.locator('.address').innerText();
  await page.getByRole('button', { name: 'Delete this link' }).click();
  await page.getByText(/^Deleted /).waitFor();
  await page.locator('aside li').waitFor({ state: 'detached' });
  assert.equal((await open(address)).status, 410);
  await picture(page, '6-deleted');

  await page.getByRole('button', { name: 'Undo' }).click();
  await page.locator('.address', { hasText: address }).waitFor();
  assert.equal((await open(address)).location, 'https://example.org/summer');
});

test('a client without a browser is kept apart, and shown with its reason', async () => {
  const { page } = browser;
  const address = await page.locator('.address').innerText();
  await page.getByRole('link', { name: 'Everything' }).click();
  await page.waitForURL(/verdict=all/);
  await page.locator('.feed.live').waitFor();
  await fetch(address, { redirect: 'manual', headers: { 'User-Agent': 'curl/8.14.1' } });
  const row = page.locator('[data-scan]', { has: page.locator('.verdict', { hasText: 'bot' }) });
  await row.waitFor();
  assert.notEqual((await row.locator('.verdict .quiet').innerText()).trim(), '');
  await picture(page, '7-everything');

  const id = await row.getAttribute('data-scan');
  await page.getByRole('link', { name: 'People' }).click();
  await page.locator('[data-scan]').first().waitFor();
  assert.equal(await page.locator(`[data-scan="${id}"]`).count(), 0);
});

test('the open page finds its feed again after the server was away', async (t) => {
  const { page } = browser;
  const address = await page.locator('.address').innerText();
  await page.locator('.feed.live').waitFor();
  const shown = await page.locator('[data-scan]').count();
  const resume = await server.interrupt();
  await page.locator('.feed.lost').waitFor();
  await picture(page, '8-reconnecting');

  await resume();
  const begun = performance.now();
  assert.equal((await open(address)).status, 302);
  await page.locator('[data-scan]').nth(shown).waitFor();
  await page.locator('.feed.live').waitFor();
  t.diagnostic(`server back to row on the page, ms: ${(performance.now() - begun).toFixed(0)}`);
});

test('the page made no complaint but about the server that was away', () => {
  assert.deepEqual(
    browser.complaints.filter((text) => !/net::ERR_/.test(text)),
    [],
  );
});
