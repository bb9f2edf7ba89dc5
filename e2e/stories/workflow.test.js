import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { DESK, PHONE, visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';
import { hoursAround, openWorkflow, panel, publish, saved, stepOf } from '../workflow.js';

const DINNER = 'https://example.com/dinner';
let byMouse;
let byKeys;
const stage = setStage({
  async prepare({ base }) {
    byMouse = await makeLink(base, DINNER, { name: 'Spring menu' });
    byKeys = await makeLink(base, DINNER, { name: 'Table tent' });
  },
});

const leadsTo = async (link) => (await open(link.xQrEntrypoint)).location;

test('lunch and dinner are built on the canvas by mouse, and the next scan follows', async () => {
  const { page, base } = stage;
  const { from, to } = hoursAround(new Date());
  await openWorkflow(page, base, byMouse.id);
  await page.getByRole('button', { name: /^Add a step between “Scan, then/ }).click();
  await page.getByRole('dialog').getByRole('option', { name: 'Time of day' }).click();

  const form = panel(page);
  await form.getByRole('textbox', { name: 'Name' }).fill('Lunch');
  await form.getByLabel('From', { exact: true }).fill(from);
  await form.getByLabel('To', { exact: true }).fill(to);
  // The branch leads nowhere: its plus stands in the step itself.
  await stepOf(page, 'What time is it?').getByRole('button', { name: /^Add a step: / }).click();
  await page.getByRole('dialog').getByRole('combobox').fill('web address');
  await page.keyboard.press('Enter');
  await form.getByRole('textbox', { name: 'Web address' }).fill('example.com/lunch');
  await form.getByRole('textbox', { name: 'Web address' }).blur();
  await stepOf(page, 'example.com/lunch').waitFor();
  await saved(page);
  assert.equal(await leadsTo(byMouse), DINNER, 'a draft is not what scans follow');

  await publish(page);
  assert.equal(await leadsTo(byMouse), 'https://example.com/lunch');
  await page.getByRole('link', { name: 'Spring menu' }).click();
  await page.getByText(`Lunch, ${from}–${to} → example.com/lunch; else example.com/dinner`).waitFor();
});

test('a line is drawn to another step, and undone', async () => {
  const { page, base } = stage;
  await openWorkflow(page, base, byMouse.id);
  const dot = page.locator('.svelte-flow__handle.source').nth(1);
  const target = stepOf(page, 'example.com/dinner').locator('.svelte-flow__handle.target');
  const [a, b] = await Promise.all([dot.boundingBox(), target.boundingBox()]);
  await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(b.x + b.width / 2 - 30, b.y + b.height / 2, { steps: 6 });
  await page.mouse.move(b.x + b.width / 2, b.y + b.height / 2, { steps: 3 });
  await page.mouse.up();
  await stepOf(page, 'example.com/lunch').getByText('Never reached').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Never reached').waitFor({ state: 'detached' });
  await saved(page);
});

test('a draft is thrown away, and what is published stands again', async () => {
  const { page } = stage;
  await page.getByRole('button', { name: 'Discard the draft' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard it' }).click();
  await page.getByText(/^Version \d+, published/).waitFor();
});

test('an old version is gone back to, with who and when', async () => {
  const { page, base } = stage;
  await openWorkflow(page, base, byMouse.id);
  await page.getByRole('button', { name: 'History' }).click();
  const history = panel(page);
  await history.getByText('Published now').waitFor();
  await history.getByRole('button', { name: /^What changed Version \d+/ }).first().click();
  await history.locator('.changes li').first().waitFor();
  await history.getByRole('button', { name: /^Go back to it: version/ }).last().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Go back', exact: true }).click();
  await page.getByText(/^Back again: published as version/).waitFor();
  assert.equal(await leadsTo(byMouse), DINNER);
});

/** What has the focus, as it is called. */
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement: one } = document;
    return (one.getAttribute('aria-label') ?? one.labels?.[0]?.innerText ?? one.innerText ?? '').trim();
  });

/** Presses Tab until something of this name has the focus. */
async function tabTo(page, name) {
  const met = [];
  for (let press = 0; press < 90; press += 1) {
    await page.keyboard.press('Tab');
    met.push(await focused(page));
    if (name.test(met.at(-1))) return;
  }
  assert.fail(`${name} was not met among ${met.join(' | ')}`);
}

/** Types a time into the field that has the focus, whichever clock the browser's own language counts by. */
async function typeTime(page, time) {
  const [hour, minute] = time.split(':');
  await page.keyboard.type(`${hour}${minute}`);
  if ((await page.evaluate(() => document.activeElement.value)) === time) return;
  for (let back = 0; back < 3; back += 1) await page.keyboard.press('ArrowLeft');
  const twelfth = String(((Number(hour) + 11) % 12) + 1).padStart(2, '0');
  await page.keyboard.type(`${twelfth}${minute}${Number(hour) < 12 ? 'AM' : 'PM'}`);
  assert.equal(await page.evaluate(() => document.activeElement.value), time);
}

test('the same is built in the list with keys alone, and published', async () => {
  const { page, base } = stage;
  const { from, to } = hoursAround(new Date());
  await openWorkflow(page, base, byKeys.id, 'list');
  await page.locator('h1').focus();
  await tabTo(page, /^Add a step here: Scan/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('time of day');
  await page.keyboard.press('Enter');
  // The new step's form has the focus at once.
  await page.getByText('Added “Time of day”.').waitFor({ state: 'attached' });
  await tabTo(page, /^From$/);
  await typeTime(page, from);
  await tabTo(page, /^To$/);
  await typeTime(page, to);
  await tabTo(page, /^Name$/);
  await page.keyboard.type('Lunch');
  await tabTo(page, /^Add a step: /);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('web address');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.getAttribute('inputmode') === 'url');
  await page.keyboard.type('example.com/lunch');
  await page.keyboard.press('Escape');
  assert.match(await focused(page), /example\.com\/lunch/, 'the keyboard is back at its step');
  await saved(page);

  await page.locator('h1').focus();
  await tabTo(page, /^Publish$/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(page, /^Publish$/);
  await page.keyboard.press('Enter');
  await page.getByText(/^Published as version/).last().waitFor();
  assert.equal(await leadsTo(byKeys), 'https://example.com/lunch');
});

test('a step is moved, deleted and brought back with keys', async () => {
  const { page, base } = stage;
  await openWorkflow(page, base, byKeys.id, 'list');
  await page.locator('h1').focus();
  await tabTo(page, /What time is it\?/);
  await page.keyboard.press('Delete');
  await page.getByText('Not connected', { exact: true }).waitFor();
  assert.equal(await page.locator('[data-step]').count(), 3);
  await page.keyboard.press('Control+z');
  await page.getByText('Not connected', { exact: true }).waitFor({ state: 'detached' });
  assert.equal(await page.locator('[data-step]').count(), 4);
  await saved(page);
});

test('a pretend scan walks through the draft, and is not counted', async () => {
  const { page, base } = stage;
  await openWorkflow(page, base, byKeys.id);
  await page.getByRole('button', { name: 'Try it' }).click();
  await panel(page).locator('form').getByRole('button', { name: 'Try it' }).click();
  await panel(page).getByText('https://example.com/lunch', { exact: true }).waitFor();
  assert.equal(await page.locator('.svelte-flow__edge.way').count(), 2);
  const halfADay = new Date(Date.now() + 12 * 3600_000).toISOString().slice(0, 16);
  await panel(page).getByLabel('Date and time').fill(halfADay);
  await panel(page).locator('form').getByRole('button', { name: 'Try it' }).click();
  await panel(page).getByText('https://example.com/dinner', { exact: true }).waitFor();
  const { events } = (await ask(base, 'GET', `/v1/events?linkId=${byKeys.id}&verdict=all`)).json;
  assert.equal(events.length, 1);
});

test('what is done while the server is away is kept, and saved when it answers', async () => {
  const { page, base } = stage;
  await openWorkflow(page, base, byKeys.id, 'list');
  await page.context().setOffline(true);
  await stepOf(page, 'example.com/lunch').locator('.head').click();
  await panel(page).getByRole('textbox', { name: 'Web address' }).fill('https://example.com/noon');
  await page.getByText(/Your changes are kept in this browser/).waitFor();
  await page.context().setOffline(false);
  await saved(page);
  const { steps } = await ask(base, 'GET', `/v1/x/links/${byKeys.id}/workflow`);
  assert.ok(JSON.stringify(steps).includes('https://example.com/noon'));
});

test('two people at one draft: the second is asked whose changes stay', async () => {
  const { page, base } = stage;
  const path = `/v1/x/links/${byKeys.id}/workflow`;
  const { draft, steps } = await ask(base, 'GET', path);
  await ask(base, 'PUT', `${path}/draft`, { revision: draft.revision, steps });
  await panel(page).getByRole('textbox', { name: 'Web address' }).fill('https://example.com/mine');
  const dialog = page.getByRole('dialog', { name: 'Somebody else has changed this draft' });
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  await saved(page);
  assert.ok(JSON.stringify((await ask(base, 'GET', path)).steps).includes('https://example.com/mine'));
});

test('a fault is named beside its field and on its step, and keeps the workflow from being published', async () => {
  const { page } = stage;
  const address = panel(page).getByRole('textbox', { name: 'Web address' });
  await address.fill('');
  await panel(page).getByRole('alert').waitFor();
  assert.equal(await address.getAttribute('aria-invalid'), 'true');
  await page.locator('[data-step] .alarm').first().waitFor();
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Before it can be published' });
  await dialog.getByRole('button', { name: /^Show/ }).first().click();
  await address.waitFor();
});

test('a phone opens the list, and its form covers the screen', async () => {
  const { page, base } = stage;
  await page.setViewportSize(PHONE);
  await visit(page, base, `links/${byMouse.id}/workflow`);
  await page.getByRole('region', { name: 'Workflow as a list' }).waitFor();
  await stepOf(page, 'example.com/dinner').locator('.head').click();
  const sheet = page.getByRole('dialog', { name: 'Web address' });
  await sheet.getByRole('textbox', { name: 'Web address' }).waitFor();
  await sheet.getByRole('button', { name: 'Close' }).click();
  await sheet.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
});

test('a file is uploaded where a step opens it, and the next scan gets it', async () => {
  const { page, base } = stage;
  await page.setViewportSize(DESK);
  const link = await makeLink(base, DINNER, { name: 'Wine list' });
  await openWorkflow(page, base, link.id, 'list');
  await page.getByRole('button', { name: /^Add a step here: Scan/ }).click();
  await page.getByRole('dialog').getByRole('combobox').fill('first or repeat');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Add a step: / }).first().click();
  await page.getByRole('dialog').getByRole('combobox').fill('pdf');
  await page.keyboard.press('Enter');
  await panel(page).getByText(/The library is empty/).waitFor();
  const file = { name: 'wines.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF\n') };
  await panel(page).locator('input[type=file]').setInputFiles(file);
  await panel(page).getByRole('link', { name: 'Look at it' }).waitFor();
  assert.match(await panel(page).getByLabel('File', { exact: true }).locator(':checked').innerText(), /^wines\.pdf \(/);
  const wrong = { name: 'wines.exe', mimeType: 'application/pdf', buffer: Buffer.from('MZ nothing of the kind') };
  await panel(page).locator('input[type=file]').setInputFiles(wrong);
  await panel(page).getByText(/none of PNG, JPEG/).waitFor();
  await saved(page);
  await publish(page);
  const opened = await open(base + (await leadsTo(link)));
  const answer = await fetch(new URL(opened.location, base));
  assert.deepEqual([answer.headers.get('content-type'), await answer.text()], ['application/pdf', '%PDF-1.4\n%%EOF\n']);
});

endsWithoutComplaint(stage, /ERR_INTERNET_DISCONNECTED/);
