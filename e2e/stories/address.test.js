import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

let link;
const stage = setStage({
  async prepare({ base }) {
    link = await makeLink(base, 'https://example.com/menu');
  },
});

async function type(page, address) {
  await page.getByLabel('Base address').fill(address);
  await page.getByRole('button', { name: 'Save' }).click();
}

test('what is no address is refused beside the field', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/address');
  await type(page, 'qr example');
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.equal(await page.getByLabel('Base address').getAttribute('aria-invalid'), 'true');
});

test('before a code was downloaded the address changes without a question', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/address');
  await page.getByText('No code has been downloaded with this address yet.').waitFor();
  await type(page, base.replace('127.0.0.1', 'localhost'));
  await page.getByText('Saved.').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  await type(page, base);
  await page.getByText('Saved.').waitFor();
});

test('after a code was downloaded it warns that printed codes keep the old one', async () => {
  const { page, base } = stage;
  await visit(page, base, `links/${link.id}`);
  const [taken] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'SVG', exact: true }).click(),
  ]);
  await taken.delete();
  await visit(page, base, 'settings/address');
  await page.getByText('1 code downloaded with this address.').waitFor();
  await type(page, 'https://qr.example.com');

  const dialog = page.getByRole('dialog', { name: 'Printed codes keep the old address' });
  await dialog.getByText(`1 code was downloaded with ${base}.`).waitFor();
  const change = dialog.getByRole('button', { name: 'Change the address' });
  assert.equal(await change.isDisabled(), true);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await ask(base, 'GET', '/v1/x/installation')).baseUrl, base);

  await page.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('checkbox').check();
  await change.click();
  await page.getByText('From now on this dashboard is best opened at https://qr.example.com/app/.').waitFor();
});

test('new codes hold the new address, and printed ones are still answered', async () => {
  const { page, base } = stage;
  const old = link.xQrEntrypoint;
  assert.equal((await open(old)).location, 'https://example.com/menu');
  const now = (await ask(base, 'GET', `/v1/links/${link.id}`)).link;
  assert.match(now.xQrEntrypoint, /^HTTPS:\/\/QR\.EXAMPLE\.COM\/Q\//);
  await page.getByRole('row', { name: new RegExp(`${base}.* 1 `) }).waitFor();
});

endsWithoutComplaint(stage);
