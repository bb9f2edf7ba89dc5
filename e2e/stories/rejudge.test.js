import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visit } from '../browser.js';
import { UNATTENDED } from '../quietzone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const stage = setStage({ environment: { ...UNATTENDED, QUIETZONE_DEMO: 'true' } });

test('past scans are looked at by today’s rules before any moves', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/workspace');
  await page.getByRole('button', { name: 'See what would change' }).click();
  const told = page.getByText(/of [\d,]+ scans would get another verdict/);
  await told.waitFor();
  const [scans] = /[\d,]+(?= scans)/.exec(await told.innerText());
  assert.ok(Number(scans.replaceAll(',', '')) > 50_000, `${scans} scans of thirty days`);
});

test('a day that is not over is refused with the last one that is', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/workspace');
  const today = new Date().toISOString().slice(0, 10);
  await page.getByLabel('First day').fill(today);
  await page.getByLabel('Last day').fill(today);
  await page.getByRole('button', { name: 'See what would change' }).click();
  assert.equal(await page.getByLabel('First day').evaluate((field) => field.validity.rangeOverflow), true);
});

endsWithoutComplaint(stage);
