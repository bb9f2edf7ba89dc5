import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLink, openBrowser, picture } from '../browser.js';
import { startQuietzone } from '../quietzone.js';

let server;
let browser;
before(async () => {
  server = await startQuietzone({});
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('the link printed at the first start makes the owner and the workspace', async () => {
  const { page } = browser;
  const [address] = await server.line(/http:\/\/\S+\/app\/setup\?token=[^\s"]+/);
  await page.goto(address);
  await page.getByLabel('Workspace').fill('Café Aurora');
  await page.getByLabel('Your e-mail').fill('aurora@example.com');
  await page.getByLabel('Password').fill('a printed code always answers');
  await page.getByLabel('Time zone').fill('Europe/Berlin');
  await picture(page, '0-set-up');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Where should your first code lead?' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/app/links');
  await page.getByText('Café Aurora').waitFor();
  await createLink(page, 'example.com');

  // The link is used up: it neither makes a second owner nor shows the form.
  await page.goto(address);
  await page.getByText('A set-up link works once.').waitFor();
  assert.equal(await page.getByLabel('Workspace').count(), 0);
});

test('the page made no complaint', () => assert.deepEqual(browser.complaints, []));
