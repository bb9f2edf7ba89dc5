import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { DESK, figureIs, PHONE, scanUntilShown, settled, signIn, visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

let door;
let table;
const stage = setStage({
  async prepare({ page, base }) {
    door = await makeLink(base, 'https://example.com/door', { name: 'Door' });
    table = await makeLink(base, 'https://example.com/table', { name: '=Table 1' });
    await ask(base, 'PATCH', `/v1/links/${door.id}`, { xPaused: true });
    await ask(base, 'PATCH', `/v1/links/${door.id}`, { xPaused: false });
    await ask(base, 'POST', `/v1/x/links/${table.id}/slugs`, { shortlink: 'window', placement: 'Window of the shop' });
    await visit(page, base, '?range=7d');
    await page.locator('.feed.live').waitFor();
  },
});

const host = () => new URL(stage.base).origin;

test('who is on now is counted as scans come, without asking', async () => {
  const { page } = stage;
  await scanUntilShown(page, () => open(door.xQrEntrypoint));
  await page.locator('[data-now="1"]').waitFor();
  await scanUntilShown(page, () => open(`${host()}/window`));
  await page.getByText('1 person on now, 2 scans in five minutes').waitFor();
});

test('what happened stands in the chart: what links’ histories tell, and what is written for a day', async () => {
  const { page } = stage;
  const flags = page.getByRole('list', { name: 'What happened', exact: true });
  await flags.getByRole('button', { name: /Door: Paused.*Door: Resumed/ }).waitFor();

  // By keys: a day of the chart, Enter, and the note goes to that day.
  await page.getByRole('slider', { name: /^Scans over time/ }).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'What happened' }).fill('Poster printed');
  await page.keyboard.press('Enter');
  await flags.getByRole('button', { name: /: Poster printed$/ }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'slider');

  // One stop of Tab for all flags, arrows between them; the note is told beside the flag.
  const printed = flags.getByRole('button', { name: /: Poster printed$/ });
  await printed.focus();
  await flags.getByRole('definition').getByText('Poster printed').waitFor();
  await page.keyboard.press('End');
  await flags.getByRole('definition').getByText('Door: Paused').waitFor();

  // What nobody wrote can be hidden, and this browser remembers it.
  await page.getByLabel('Changes of links').uncheck();
  await flags.getByRole('button', { name: /Door: Paused/ }).waitFor({ state: 'detached' });
  await page.reload();
  await flags.getByRole('button', { name: /: Poster printed$/ }).waitFor();
  assert.equal(await flags.getByRole('button').count(), 1);
  await page.getByLabel('Changes of links').check();
});

/** Chooses from a panel's menu; what is saved by it. */
async function saved(page, panel, deed) {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    (async () => {
      await page.getByRole('button', { name: `Copy: ${panel}` }).click();
      await page.getByRole('menuitem', { name: deed }).click();
    })(),
  ]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

test('each panel is copied as a picture and as a table; nothing in it runs as a formula', async () => {
  const { page } = stage;
  await settled(page);
  const panels = await page.getByRole('button', { name: /^Copy: / }).evaluateAll((all) =>
    all.map((one) => one.getAttribute('aria-label').slice('Copy: '.length)),
  );
  for (const panel of ['Scans over time', 'What happened', 'Hours of the week', 'Links', 'Devices', 'Latest scans'])
    assert.ok(panels.includes(panel), `${panel} among ${panels}`);
  for (const panel of panels) {
    const { name, bytes } = await saved(page, panel, 'Save as picture (PNG)');
    assert.match(name, /^quietzone-.*\.png$/);
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
    // Width and height stand in the header: it is as wide as all are, and something is drawn.
    assert.equal(bytes.readUInt32BE(16), 2400);
    assert.ok(bytes.readUInt32BE(20) > 400 && bytes.length > 8_000, `${panel}: ${bytes.length} bytes`);
  }
  const links = (await saved(page, 'Links', 'Save as CSV')).bytes.toString();
  assert.match(links, /^Top,Scans,Visitors\r\n/);
  assert.match(links, /\r\n'=Table 1,1,1\r\n/);
  const week = (await saved(page, 'Hours of the week', 'Save as CSV')).bytes.toString();
  const rows = week.trimEnd().split('\r\n');
  assert.equal(rows.length, 169);
  assert.equal(rows.slice(1).reduce((sum, row) => sum + Number(row.split(',').at(-1)), 0), 2);
});

test('a picture and a table land on the clipboard', async () => {
  const { page } = stage;
  await page.getByRole('button', { name: 'Copy: Hours of the week' }).click();
  await page.getByRole('menuitem', { name: 'Copy as picture' }).click();
  await page.getByText('Copied as a picture').waitFor();
  const types = await page.evaluate(async () => (await navigator.clipboard.read()).flatMap((item) => item.types));
  assert.deepEqual(types, ['image/png']);
  await page.getByRole('button', { name: 'Copy: Devices' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Copy as picture' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByText(/^Copied 1 row/).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^Types,Scans,Visitors\r?\nPhone,2,1\r?\n$/);
});

test('filters ask all that the API can; the address, and those that are saved, keep them', async () => {
  const { page, base } = stage;
  await page.getByRole('button', { name: 'Filter…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Filter the scans' });
  await dialog.getByLabel('Of each scan').selectOption({ label: 'Link' });
  await dialog.getByLabel('What is asked').selectOption({ label: 'is not' });
  await dialog.getByRole('checkbox', { name: /^Door/ }).check();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('button', { name: 'Remove the filter Link is not Door' }).waitFor();
  await figureIs(page, 'scans', 1);
  assert.match(new URL(page.url()).search, new RegExp(`link%21=${door.id}`));

  // By keys alone: what is typed counts as a value, several are alternatives.
  await page.getByRole('button', { name: 'Filter…' }).focus();
  await page.keyboard.press('Enter');
  await dialog.getByLabel('Of each scan').selectOption({ label: 'Slug' });
  await dialog.getByLabel('What is asked').selectOption({ label: 'contains' });
  await dialog.getByRole('textbox', { name: 'Values' }).fill('wind');
  await page.keyboard.press('Enter');
  await dialog.getByRole('textbox', { name: 'Values' }).fill('nowhere');
  await dialog.getByRole('button', { name: 'Apply' }).click();
  const slugs = page.getByRole('button', { name: 'Change the filter Slug contains “wind” or “nowhere”' });
  await slugs.waitFor();
  await figureIs(page, 'scans', 1);

  await page.getByRole('button', { name: 'Save these filters…' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Shop window');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Shop window', exact: true, pressed: true }).waitFor();
  await page.getByRole('button', { name: 'Clear all' }).click();
  await figureIs(page, 'scans', 2);
  await page.getByRole('button', { name: 'Shop window', exact: true }).click();
  await slugs.waitFor();

  // A chip is changed where it stands.
  await slugs.click();
  const change = page.getByRole('dialog', { name: 'Change the filter' });
  await change.getByLabel('What is asked').selectOption({ label: 'does not contain' });
  await change.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('No scans match the filters.').waitFor();
  await visit(page, base, '?range=7d');
});

test('a filter without a value is not applied, and says why', async () => {
  const { page } = stage;
  await page.getByRole('button', { name: 'Filter…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await dialog.getByRole('alert').getByText('Choose at least one value.').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Filter…');
});

test('a scan has a page: where its code hangs, how sure its place is, why it counts', async () => {
  const { page } = stage;
  const row = page.locator('[data-scan]', { hasText: 'Window of the shop' });
  await row.getByRole('link', { name: /^All that is known/ }).click();
  await page.getByRole('heading', { level: 1, name: 'A scan of =Table 1' }).waitFor();
  await page.getByText(/nothing speaks against a person/).waitFor();
  await page.getByText('It counts among people.').waitFor();
  const fact = (name) => page.locator('dl > div', { has: page.getByText(name, { exact: true }) }).locator('dd');
  assert.equal(await fact('Placement').innerText(), 'Window of the shop');
  assert.match(await fact('Led to').innerText(), /example\.com\/table/);
  await page.getByRole('link', { name: 'Overview', exact: true }).first().click();
});

for (const [name, viewport] of Object.entries({ phone: PHONE, laptop: DESK, '4K wall': { width: 3840, height: 2160 } })) {
  test(`a ${name} shows scans as they come, within its edges, and Esc leaves`, async () => {
    const { base, browser } = stage;
    const wall = await browser.person({ viewport });
    await signIn(wall, base);
    await wall.goto(`${base}/app/wall`);
    await wall.getByText('Live', { exact: true }).waitFor();
    const today = wall.locator('[data-figure=today]');
    await today.getByText(/\d/).waitFor();
    const before = Number(await today.innerText());
    await scanUntilShown(wall, () => open(door.xQrEntrypoint));
    await wall.waitForFunction(
      (scans) => document.querySelector('[data-figure=today]').textContent.trim() === String(scans),
      before + 1,
    );
    await wall.locator('[data-figure=now]').getByText('1', { exact: true }).waitFor();
    await wall.getByText(/a week ago: no scan by this time$/).waitFor();
    const over = await wall.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
    assert.ok(over[0] <= viewport.width && over[1] <= viewport.height, `${over}`);
    await wall.keyboard.press('Escape');
    await wall.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await wall.context().close();
  });
}

test('a wall says that it is behind, and catches up by itself', async () => {
  const { page, base } = stage;
  await visit(page, base, 'wall');
  await page.getByText('Live', { exact: true }).waitFor();
  await page.context().setOffline(true);
  await page.getByText(/^Behind: reconnecting\. Data up to \d/).waitFor();
  await open(table.entrypoint);
  await page.context().setOffline(false);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('[data-figure=today]').getByText('6', { exact: true }).waitFor();
});

endsWithoutComplaint(stage, /ERR_INTERNET_DISCONNECTED|Failed to fetch|NetworkError/);
