import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../api.js';
import { visit } from '../browser.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const stage = setStage();
const SECRET = /sk_live_[\w-]{20,}/;
let secret;

/** What the API answers to a request with the token. */
async function status(method, path, body) {
  const headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' };
  const options = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  return (await fetch(`${stage.base}${path}`, options)).status;
}

async function make(page, name) {
  await visit(page, stage.base, 'settings/tokens');
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
}

test('a token is made, shown once, and works', async () => {
  const { page, base } = stage;
  await make(page, 'Till');
  await page.getByRole('button', { name: 'Create the token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Till is ready' });
  secret = await dialog.getByLabel('Token', { exact: true }).inputValue();
  assert.match(secret, SECRET);
  assert.equal((await ask(base, 'GET', '/v1/links', undefined, secret)).links.length, 0);

  await dialog.getByRole('button', { name: 'Copy the token' }).click();
  await dialog.getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Till', { exact: true }).waitFor();
  assert.doesNotMatch(await page.content(), SECRET);
  await page.reload();
  await page.getByText('Till', { exact: true }).waitFor();
  assert.doesNotMatch(await page.content(), SECRET);
});

test('it gets another name', async () => {
  const { page } = stage;
  await page.getByRole('button', { name: 'Rename Till' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Till at the door');
  await page.keyboard.press('Enter');
  await page.getByText('Till at the door', { exact: true }).waitFor();
});

test('deleted, it is refused from the next request on', async () => {
  const { page } = stage;
  await page.getByRole('button', { name: 'Delete Till at the door' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Till at the door was deleted.').waitFor();
  assert.equal(await status('GET', '/v1/links'), 401);
});

test('a token may be told what it may do, and does no more', async () => {
  const { page } = stage;
  await make(page, 'Wall screen');
  await page.getByLabel('Only what is chosen').check();
  await page.getByRole('button', { name: 'Create the token' }).click();
  await page.getByText('Choose at least one.').waitFor();
  await page.getByLabel('Read everything').check();
  await page.getByRole('button', { name: 'Create the token' }).click();
  secret = await page.getByRole('dialog').getByLabel('Token', { exact: true }).inputValue();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText(/^Secret: read /).waitFor();
  assert.equal(await status('GET', '/v1/links'), 200);
  assert.equal(await status('POST', '/v1/links', { destination: 'https://example.com/' }), 403);
});

endsWithoutComplaint(stage);
