import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { scanUntilShown, visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

let link;
const stage = setStage({
  async prepare({ page, base }) {
    link = await makeLink(base, 'https://example.com/spring');
    await visit(page, base, `links/${link.id}`);
    await page.locator('.feed.live').waitFor();
  },
});

const scan = () => scanUntilShown(stage.page, () => open(link.xQrEntrypoint));

test('a new destination holds from the next scan on', async () => {
  const { page } = stage;
  assert.equal((await scan()).answer.location, 'https://example.com/spring');
  await page.getByRole('button', { name: 'Change the destination' }).click();
  await page.getByLabel('Destination', { exact: true }).fill('example.org/summer');
  await page.keyboard.press('Enter');
  await page.getByText('Saved. The next scan goes to example.org/summer.').waitFor();
  assert.equal((await scan()).answer.location, 'https://example.org/summer');
});

test('where it led before is kept, and is used again with one press', async () => {
  const { page } = stage;
  await page.getByText('Where it led before (1)').click();
  await page.getByRole('button', { name: 'Lead to example.com/spring again' }).click();
  await page.getByText('Saved. The next scan goes to example.com/spring.').waitFor();
  await page.getByText('Where it led before (2)').waitFor();
  assert.equal((await scan()).answer.location, 'https://example.com/spring');

  // The history is the server's: it is there after a reload.
  await page.reload();
  await page.getByText('Where it led before (2)').click();
  await page.getByRole('button', { name: 'Lead to example.org/summer again' }).waitFor();
});

test('what is no address is refused beside the field, and nothing changes', async () => {
  const { page } = stage;
  await page.getByRole('button', { name: 'Change the destination' }).click();
  const field = page.getByLabel('Destination', { exact: true });
  await field.fill('https://');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.equal(await field.inputValue(), 'https://');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'https://example.com/spring' }).waitFor();
  assert.equal((await open(link.xQrEntrypoint)).location, 'https://example.com/spring');
});

test('a day is set on which the link ends, one that is to come', async () => {
  const { page, base } = stage;
  const edit = () => page.getByRole('button', { name: 'Change when it ends' }).click();
  await edit();
  await page.getByLabel('Ends on').fill('2020-01-31');
  await page.getByLabel('Then it leads to').fill('example.com/over');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/has passed/).waitFor();
  await page.getByLabel('Ends on').fill('2099-01-31');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/^On .*31 January 2099,\s+then to example.com\/over$/).waitFor();
  const { expiresAt, expiredDestination } = (await ask(base, 'GET', `/v1/links/${link.id}`)).link;
  assert.match(expiresAt, /^2099-01-31T23:59:59/);
  assert.equal(expiredDestination, 'https://example.com/over');

  await edit();
  await page.getByLabel('Ends on').fill('');
  await page.getByLabel('Then it leads to').fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Never', { exact: true }).waitFor();
  assert.equal((await open(link.xQrEntrypoint)).location, 'https://example.com/spring');
});

endsWithoutComplaint(stage);
