import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureIs, visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const stage = setStage({ environment: { QUIETZONE_DEMO: 'true' }, signedIn: false });
let code;

test('the demo shows ninety days of three businesses, plainly labelled', async () => {
  const { page, base, server } = stage;
  const [address] = await server.line(/http:\/\/\S+\/app\/setup\?token=[^\s"]+/);
  await page.goto(address);
  await page.getByText('The demo is ready.').waitFor();
  await page.getByLabel('Your e-mail').fill('curious@example.com');
  await page.getByLabel('Password').fill('just looking around here');
  await page.keyboard.press('Enter');
  await page.getByText('These scans are simulated.').waitFor();
  await server.line(/Simulated the demo's scans/);
  // The page asks a busy server less often.
  await page.locator('.map .dot').first().waitFor({ state: 'attached', timeout: 60_000 });
  for (const business of ['Linden Kitchen', 'Alpine Coffee', 'Paper Boats'])
    await page.getByRole('button', { name: new RegExp(`^${business}`) }).first().waitFor();

  await visit(page, base, 'links');
  await page.getByText('32 links').waitFor();
  await page.locator('a.row').first().click();
  code = await page.locator('span.address').innerText();
  assert.equal((await open(code)).status, 302);
});

test('scans of the demo arrive by themselves', async () => {
  const { page } = stage;
  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  await page.locator('.feed.live').waitFor();
  const newest = await page.locator('[data-scan]').first().getAttribute('data-scan');
  await page.waitForFunction(
    (newest) => document.querySelector('[data-scan]').dataset.scan !== newest,
    newest,
    { timeout: 60_000 },
  );
});

test('one button makes a workspace of one’s own and drops the demo whole', async () => {
  const { page, base } = stage;
  await page.getByRole('button', { name: 'Make my own workspace' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Café Aurora');
  await dialog.getByLabel('Time zone').fill('Europe/Lisbon');
  await dialog.getByRole('button', { name: 'Drop the demo and begin' }).click();

  await page.getByRole('heading', { name: 'Where should your first code lead?' }).waitFor();
  await page.getByRole('button', { name: 'Menu of Café Aurora' }).waitFor();
  assert.equal(await page.getByText('These scans are simulated.').count(), 0);
  assert.equal((await open(code)).status, 404);

  await visit(page, base);
  await figureIs(page, 'scans', 0);
  await page.getByText('No scans yet.').waitFor();
  await visit(page, base, 'settings/workspace');
  await page.getByText('You are here').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Open Demo' }).count(), 0);
  assert.equal(await page.getByLabel('Time zone').inputValue(), 'Europe/Lisbon');
});

endsWithoutComplaint(stage);
