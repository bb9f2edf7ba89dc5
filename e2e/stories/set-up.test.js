import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLink } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const MOST_SECONDS = 120;
const stage = setStage({ environment: {}, signedIn: false });
let address;

test('from the set-up link to the first scan in under two minutes', async (t) => {
  const { page, server } = stage;
  const begun = performance.now();
  [address] = await server.line(/http:\/\/\S+\/app\/setup\?token=[^\s"]+/);
  await page.goto(address);
  await page.getByLabel('Workspace').fill('Café Aurora');
  await page.getByLabel('Your e-mail').fill('aurora@example.com');
  await page.getByLabel('Password').fill('a printed code always answers');
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await page.keyboard.press('Enter');

  await page.getByRole('heading', { name: 'Where should your first code lead?' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/app/links');
  await page.getByRole('button', { name: 'Menu of Café Aurora' }).waitFor();
  await createLink(page, 'example.com');
  await page.getByText('No scans yet.').waitFor();
  await page.getByRole('img', { name: /^QR code of .* holding/ }).waitFor();

  const code = await page.locator('span.address').innerText();
  assert.equal((await open(code)).location, 'https://example.com/');
  await page.getByText('There it is.').waitFor();
  await page.locator('[data-scan]').waitFor();
  const seconds = (performance.now() - begun) / 1000;
  t.diagnostic(`set-up link to first scan on the page: ${seconds.toFixed(1)} s, with nobody reading`);
  assert.ok(seconds < MOST_SECONDS);
});

test('while only this computer reaches the codes, the page says so and how to change it', async () => {
  const { page } = stage;
  await page.getByText(/^A phone cannot reach 127\.0\.0\.1/).waitFor();
  await page.getByRole('link', { name: 'Set it in the settings' }).click();
  await page.getByRole('heading', { name: 'Address', level: 1 }).waitFor();
});

test('a set-up link works once', async () => {
  const { page } = stage;
  await page.goto(address);
  await page.getByText('A set-up link works once.').waitFor();
  assert.equal(await page.getByLabel('Workspace').count(), 0);
});

endsWithoutComplaint(stage);
