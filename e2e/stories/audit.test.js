import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { visit } from '../browser.js';
import { UNATTENDED } from '../quietzone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const stage = setStage({
  environment: UNATTENDED,
  async prepare({ base }) {
    const link = await makeLink(base, 'http://127.0.0.2:9/', { name: 'Door' });
    await ask(base, 'PATCH', `/v1/links/${link.id}`, { name: 'Gate' });
    await ask(base, 'POST', '/v1/directories', { name: 'Posters' });
  },
});

const entries = () => stage.page.locator('main ol > li');

test('the log tells who did what, with what was and what became', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/audit');
  await page.getByRole('heading', { name: /entries$/ }).waitFor();
  const renamed = entries().filter({ hasText: 'Link changed' });
  assert.match(await renamed.innerText(), /name:\s*Door\s*→\s*Gate/);
  assert.equal(await entries().filter({ hasText: 'Folder made' }).count(), 1);
  assert.equal(await entries().filter({ hasText: 'Session made' }).count(), 1);
  assert.doesNotMatch(await page.locator('main ol').innerText(), /sk_live_|whsec_/);
});

test('it is chosen by kind, deed and day, and shown whole again', async () => {
  const { page } = stage;
  await page.getByLabel('Kind of thing').selectOption('directory');
  await page.getByRole('heading', { name: '1 entry' }).waitFor();
  await page.getByLabel('Until').fill('2020-01-01');
  await page.getByText('No entry fits.').waitFor();
  await page.getByRole('button', { name: 'Show everything' }).click();
  await page.getByRole('heading', { name: /entries$/ }).waitFor();
});

test('it is taken away as a file, and that is noted', async () => {
  const { page } = stage;
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Take the log away as CSV' }).click();
  const download = await waiting;
  assert.match(download.suggestedFilename(), /^audit-.*\.csv$/);
  const [head, ...rows] = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  assert.ok(head.startsWith('id,at,actorKind,actorId,actorName,session,action,object'));
  assert.ok(rows.length >= 4);
  await entries().filter({ hasText: 'Export taken away' }).waitFor();
});

endsWithoutComplaint(stage);
