import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, picture, signIn } from '../browser.js';
import { OWNER, startQuietzone, UNATTENDED } from '../quietzone.js';

let server;
let browser;
before(async () => {
  server = await startQuietzone(UNATTENDED);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test('a wrong password is answered with a sentence, and the right one opens the page asked for', async () => {
  const { page } = browser;
  await page.goto(`${server.base}/app/links/none?verdict=all`);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill('not the password');
  await page.keyboard.press('Enter');
  const alarm = page.getByRole('alert');
  await alarm.waitFor();
  assert.match(await alarm.innerText(), /\w+ .*\w+\./);
  await picture(page, '0-wrong-password');

  await page.getByLabel('Password').fill(OWNER.password);
  await page.keyboard.press('Enter');
  await page.getByText('This link is not here.').waitFor();
  assert.equal(new URL(page.url()).pathname, '/app/links/none');
});

test('who signs out is out, in the browser and on the server', async () => {
  const { page } = browser;
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const status = await page.evaluate(async () => (await fetch('/v1/x/session')).status);
  assert.equal(status, 401);
  await signIn(page, server.base);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
});

test('the page made no complaint', () => assert.deepEqual(browser.complaints, []));
