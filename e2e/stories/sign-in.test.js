import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signIn } from '../browser.js';
import { OWNER } from '../quietzone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const stage = setStage({ signedIn: false });

async function signOut(page) {
  await page.getByRole('button', { name: /^Menu of/ }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
}

test('a wrong password is answered with a sentence, and the right one opens the page asked for', async () => {
  const { page, base } = stage;
  await page.goto(`${base}/app/links/none?verdict=all`);
  await page.getByLabel('E-mail').fill(OWNER.email);
  await page.getByLabel('Password').fill('not the password');
  await page.keyboard.press('Enter');
  const alarm = page.getByRole('alert');
  await alarm.waitFor();
  assert.match(await alarm.innerText(), /\w+ .*\w+\./);

  await page.getByLabel('Password').fill(OWNER.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'This link is not here' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/app/links/none');
});

test('who signs out is out, in the browser and on the server', async () => {
  const { page, base } = stage;
  await signOut(page);
  const status = await page.evaluate(async () => (await fetch('/v1/x/session')).status);
  assert.equal(status, 401);
  await signIn(page, base);
});

test('a new password ends the other sessions, and a session that ended asks to sign in', async () => {
  const { page, base, browser } = stage;
  const elsewhere = await browser.person();
  await signIn(elsewhere, base);
  await page.goto(`${base}/app/settings/account`);
  await page.getByLabel('Current password').fill(OWNER.password);
  await page.getByLabel('New password').fill('another quiet zone of four');
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('Changed. Every other device is signed out.').waitFor();

  await elsewhere.goto(`${base}/app/links`);
  await elsewhere.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signOut(page);
  await signIn(page, base, { ...OWNER, password: 'another quiet zone of four' });
});

endsWithoutComplaint(stage);
