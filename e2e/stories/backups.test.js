import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { visit } from '../browser.js';
import { UNATTENDED } from '../quietzone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const target = join(mkdtempSync(join(tmpdir(), 'quietzone-backups-')), 'made');
const stage = setStage({ environment: { ...UNATTENDED, QUIETZONE_BACKUP_TARGET: target } });

test('a backup is made by a press, and told with its size', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/backups');
  await page.getByText(target, { exact: true }).first().waitFor();
  await page.getByText('None yet.').waitFor();
  await page.getByRole('button', { name: 'Make a backup' }).click();
  const row = page.getByRole('row').filter({ hasText: /kB|MB/ });
  await row.first().waitFor();
  assert.match(await row.first().innerText(), /second/);
});

test('the page System tells of the last one', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/system');
  await page.getByRole('heading', { name: 'Backups' }).waitFor();
  await page.getByText('Last', { exact: true }).waitFor();
});

endsWithoutComplaint(stage);
