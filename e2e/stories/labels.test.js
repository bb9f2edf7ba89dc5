// No number stands under the wrong label, and what is not there says why.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { figureIs, scanUntilShown, settled, visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';
import { drawForm, publishDraft } from '../workflow.js';

let form;
let door;
const stage = setStage({
  async prepare({ page, base }) {
    form = await makeLink(base, 'https://example.com/form', { name: 'Newsletter' });
    await drawForm(base, form.id);
    await publishDraft(base, form.id);
    door = await makeLink(base, 'https://example.com/door', { name: 'Door' });
    await visit(page, base, '?range=7d');
    await page.locator('.feed.live').waitFor();
    await scanUntilShown(page, () => open(door.xQrEntrypoint));
    await figureIs(page, 'scans', 1);
  },
});

test('while another comparison is on its way, no number of the one before is shown', async () => {
  const { page } = stage;
  await settled(page);
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route('**/v1/x/overview', async (route) => {
    await held;
    await route.continue();
  });
  await page.getByLabel('Compared with').selectOption({ label: 'Year before' });
  await page.locator('[data-figure=scans] .pending').waitFor();
  const numbers = await page
    .locator('dl[aria-label="In figures"] dd, .count, .note')
    .evaluateAll((all) => all.map((one) => one.textContent.trim()).filter((text) => /\d/.test(text)));
  assert.deepEqual(numbers, []);
  assert.equal(await page.getByRole('button', { name: 'Copy: Devices' }).isDisabled(), true);
  release();
  await figureIs(page, 'scans', 1);
  await page.getByText('in the year before nothing was counted yet').first().waitFor();
  await page.unrouteAll({ behavior: 'wait' });
  await page.getByLabel('Compared with').selectOption({ label: 'Days before' });
  await page.getByText('in the days before nothing was counted yet').first().waitFor();
});

test('a filter by a verdict that is not counted says so, and counts everything at a press', async () => {
  const { page, base } = stage;
  await fetch(door.entrypoint, { redirect: 'manual', headers: { 'User-Agent': 'curl/8.5.0' } });
  await visit(page, base, '?range=7d&verdict=bot');
  await page.getByText('No scans match the filters.').waitFor();
  await page.getByText(/^This page counts people, and the filter asks for “Bot”: no such scan/).waitFor();
  await page.getByRole('button', { name: 'Count everything', exact: true }).click();
  await figureIs(page, 'scans', 1);
  assert.equal(await page.getByText(/^This page counts people/).count(), 0);
});

test('a way that nobody began, and one that nobody finished, is shown with its steps and says why', async () => {
  const { page, base } = stage;
  await visit(page, base, `links/${form.id}`);
  const funnel = page.locator('section', { has: page.getByRole('heading', { name: 'How far scans come' }) }).last();
  await funnel.getByText(/^No scan of these days came to this link/).waitFor();
  await funnel.getByText('Form "Stay in touch"').waitFor();

  await scanUntilShown(page, () => open(form.xQrEntrypoint));
  await page.reload();
  await funnel.getByText('Nobody has come to the end yet. Of 1 scan that began, 1 ended here: Form "Stay in touch".').waitFor();
  const counted = await funnel.getByRole('listitem').locator('b').allInnerTexts();
  assert.deepEqual(counted, ['1', '1', '0']);
});

test('a deleted link has one name in every list', async () => {
  const { page, base } = stage;
  await ask(base, 'DELETE', `/v1/links/${door.id}`);
  await visit(page, base, `?range=7d&link=${door.id}`);
  const name = 'Door (deleted)';
  await page.getByRole('button', { name: `Remove the filter Link is ${name}` }).waitFor();
  const links = page.locator('section', { has: page.getByRole('heading', { name: 'Links' }) }).last();
  await links.getByRole('button', { name: new RegExp(`^Door \\(deleted\\) `) }).waitFor();
  // The list of scans, as it was read, and as one more arrives by the feed.
  await page.locator('.feed.live').waitFor();
  await page.locator('[data-scan]').filter({ hasText: name }).first().waitFor();
  await scanUntilShown(page, () => open(door.xQrEntrypoint));
  await page.locator('[data-scan]').first().filter({ hasText: name }).waitFor();
  await page.locator('[data-scan]').first().getByRole('link', { name: /^All that is known/ }).click();
  await page.getByRole('heading', { level: 1, name: `A scan of ${name}` }).waitFor();
  await visit(page, base, 'wall');
  await page.locator('[data-scan]').first().filter({ hasText: name }).waitFor();
});

endsWithoutComplaint(stage);
