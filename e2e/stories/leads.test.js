import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { visit } from '../browser.js';
import { IPHONE } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';
import { openWorkflow, panel, publish, saved } from '../workflow.js';

let link;
const stage = setStage({
  async prepare({ base }) {
    link = await makeLink(base, 'https://example.com/menu', { name: 'Table tent' });
  },
});

/** Somebody with a telephone scans, and answers the form. Their page ends where the link leads. */
async function answer({ email, name }) {
  const visitor = await stage.browser.person({ userAgent: IPHONE, bypassCSP: true });
  await visitor.route('https://example.com/**', (route) => route.fulfill({ body: 'The menu' }));
  await visitor.goto(link.xQrEntrypoint);
  await visitor.getByLabel('E-mail').fill(email);
  await visitor.getByLabel('Favourite dish').fill(name);
  await visitor.locator('form').getByRole('button').first().click();
  await visitor.waitForURL(/example\.com\/menu/);
  await visitor.context().close();
}

test('before anybody has answered, the room says how leads come to be', async () => {
  const { page, base } = stage;
  await visit(page, base, 'leads');
  await page.getByRole('heading', { name: 'Nobody has left anything yet' }).waitFor();
  await page.getByRole('link', { name: 'Choose a link' }).click();
  await page.waitForURL(/\/app\/links$/);
});

test('a form is put before the address, and whoever answers it stands in the room', async () => {
  const { page, base } = stage;
  await openWorkflow(page, base, link.id);
  await page.getByRole('button', { name: 'Examples' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^A form first/ }).click();
  await panel(page).getByRole('button', { name: 'Add a field' }).click();
  await panel(page).getByRole('textbox', { name: 'Label' }).last().fill('Favourite dish');
  await saved(page);
  // What a visitor will see stands beside it.
  await page.frameLocator('iframe').getByText('Favourite dish').first().waitFor();
  await publish(page);

  await answer({ email: 'ada@example.com', name: 'Soup' });
  await answer({ email: 'grace@example.com', name: 'Salad' });
  await visit(page, base, 'leads');
  await page.getByText('2 leads').waitFor();
  await page.getByRole('row', { name: /ada@example\.com/ }).getByText('Soup').waitFor();
});

test('leads are searched and filtered, and the address says how', async () => {
  const { page } = stage;
  await page.getByRole('searchbox', { name: 'Search leads' }).fill('grace');
  await page.getByText('1 lead', { exact: true }).waitFor();
  await page.getByRole('searchbox', { name: 'Search leads' }).fill('');
  await page.getByText('2 leads').waitFor();

  await page.getByRole('button', { name: 'Filter' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What they told').fill('favourite_dish');
  await dialog.getByLabel('Compared').selectOption({ label: 'begins with' });
  await dialog.getByLabel('With').fill('Sou');
  await dialog.getByRole('button', { name: 'Add the filter' }).click();
  await page.getByText('1 lead', { exact: true }).waitFor();
  await page.getByRole('row', { name: /ada@example\.com/ }).waitFor();
  assert.match(decodeURIComponent(page.url()), /where=favourite_dish\+STRING_STARTS_WITH\+Sou/);
  await page.getByRole('button', { name: /^Remove the filter/ }).click();
  await page.getByText('2 leads').waitFor();
});

test('all that is shown is exported as a file', async () => {
  const { page } = stage;
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export Leads' }).click(),
  ]);
  const text = await readFile(await file.path(), 'utf8');
  assert.equal(text.trim().split('\n').length, 3);
  for (const email of ['ada@example.com', 'grace@example.com']) assert.ok(text.includes(email));
});

test('a profile tells what somebody did and told, and takes a correction', async () => {
  const { page } = stage;
  await page.getByRole('link', { name: /ada@example\.com/ }).click();
  await page.getByRole('heading', { name: 'What happened' }).waitFor();
  const timeline = page.getByRole('region', { name: 'What happened' });
  await timeline.getByText('Scan', { exact: true }).first().waitFor();
  await timeline.getByText('Answer', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Change favourite_dish' }).click();
  await page.getByRole('textbox', { name: 'favourite_dish' }).fill('Stew');
  await page.keyboard.press('Enter');
  await page.getByText('Stew', { exact: true }).waitFor();
  await page.reload();
  await page.getByText('Stew', { exact: true }).waitFor();
});

test('somebody who asks for it is erased', async () => {
  const { page, base } = stage;
  const [copy] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download all that is known' }).click(),
  ]);
  assert.match(copy.suggestedFilename(), /^visitor-.*\.html$/);
  await page.getByRole('button', { name: 'Erase this lead' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 person and 1 scan.').waitFor();
  const yes = dialog.getByRole('button', { name: 'Erase for good' });
  assert.equal(await yes.isDisabled(), true, 'not before it is typed');
  await dialog.getByLabel('Type ada@example.com to go on').fill('ada@example.com');
  await yes.click();
  await dialog.getByText('Erased. Nothing is left in any place that was searched.').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await page.waitForURL(/\/app\/leads$/);
  await page.getByText('1 lead', { exact: true }).waitFor();
  const { json } = await ask(base, 'POST', '/v1/visitors/search', { search: 'ada@example.com' });
  assert.equal(json.visitors.length, 0);
  const { events } = (await ask(base, 'GET', `/v1/events?linkId=${link.id}`)).json;
  assert.equal(events.length, 2, 'the scans stay as counts');
});

endsWithoutComplaint(stage);
