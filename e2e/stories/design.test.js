import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { downloadCode, visit } from '../browser.js';
import { decode, rasterise } from '../decode.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const stage = setStage();
const files = await mkdtemp(join(tmpdir(), 'quietzone-looks-'));
after(() => rm(files, { recursive: true, force: true }));

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60"><circle cx="30" cy="30" r="28" fill="#0b5c4c"/>' +
  '<path d="M18 31l9 9 16-19" fill="none" stroke="#fff" stroke-width="6"/></svg>';

/** Saves, and opens the page anew: what tells of it lies over the buttons for the files for a while. */
async function save(page) {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved. The next image has this look.').waitFor();
  await page.reload();
  await page.getByText('It scans.', { exact: true }).waitFor();
}

/** What two decoders that are not ours read from both files of the page. */
async function readsAs(page, holds) {
  const png = await downloadCode(page, 'PNG', files);
  assert.deepEqual(await decode(png), { zbar: holds, zxing: holds });
  const svg = await downloadCode(page, 'SVG', files);
  const drawn = join(files, 'drawn.png');
  await rasterise(page.context(), svg, drawn);
  assert.deepEqual(await decode(drawn), { zbar: holds, zxing: holds });
  return readFile(svg, 'utf8');
}

test('a code is given a look: tried, refused, undone, saved, downloaded and read', async () => {
  const { page, base } = stage;
  const link = await makeLink(base, 'https://example.com/menu', { name: 'Menu' });
  await visit(page, base, `links/${link.id}`);
  await page.getByRole('link', { name: 'Change the look' }).click();
  await page.getByRole('heading', { name: 'Look of the code' }).waitFor();
  await page.getByText('It scans.', { exact: true }).waitFor();
  const saving = page.getByRole('button', { name: 'Save', exact: true });
  assert.ok(await saving.isDisabled());

  // Shapes and colours, seen at once.
  await page.getByRole('group', { name: 'Modules' }).getByRole('radio', { name: 'Very round' }).check({ force: true });
  await page.getByLabel('Modules: colour 1 as text').fill('#12307c');
  await page.getByLabel('Modules: kind of paint').selectOption('LINEAR');
  await page.locator('.code[aria-busy=false]').waitFor();

  // What would not scan says so, and cannot be saved.
  await page.getByLabel('Ground: colour 1 as text').fill('#40507c');
  await page.getByText('It would not scan.').waitFor();
  assert.ok(await saving.isDisabled());
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('It scans.', { exact: true }).waitFor();

  // A logo: error correction rises with it.
  const logo = join(files, 'logo.svg');
  await writeFile(logo, LOGO);
  await page.locator('input[type=file]').setInputFiles(logo);
  await page.getByText('Error correction was raised to Q').waitFor();
  await page.getByText(/^The picture hides/).waitFor();
  await save(page);
  const { qrcodeDesign } = await ask(base, 'GET', `/v1/qrcode-designs/${link.qrcodeDesignId}`);
  assert.equal(qrcodeDesign.dotsOptions.type, 'DOTS_TYPE_EXTRA_ROUNDED');
  assert.equal(qrcodeDesign.errorCorrectionLevel, 'Q');
  const drawn = await readsAs(page, link.xQrEntrypoint);
  assert.ok(drawn.includes('<image') && drawn.includes('<linearGradient'));

  // Kept as a template, and worn by another code.
  await page.getByRole('button', { name: 'Save as template' }).click();
  await page.getByLabel('Name of the template').fill('House style');
  await page.getByRole('button', { name: 'Save as template' }).click();
  await page.getByText('House style is among your templates.').waitFor();
  const other = await makeLink(base, 'https://example.com/wine', { name: 'Wine' });
  await visit(page, base, `links/${other.id}/design`);
  await page.getByRole('button', { name: 'Use the look House style' }).click();
  await page.getByText('The code has the look House style now').waitFor();
  // Anew: what tells of it lies over the buttons for the files for a while.
  await visit(page, base, `links/${other.id}/design`);
  await page.getByText('It scans.', { exact: true }).waitFor();
  assert.ok((await readsAs(page, other.xQrEntrypoint)).includes('<image'));
  await page.getByRole('button', { name: 'Back to plain' }).click();
  await page.locator('.code[aria-busy=false]').waitFor();
  await save(page);
  assert.ok(!(await readsAs(page, other.xQrEntrypoint)).includes('<image'));
});

test('every ready-made look is read by decoders that are not ours', async () => {
  const { page, base } = stage;
  const link = await makeLink(base, 'https://example.com/looks', { name: 'Looks' });
  const { qrcodeTemplates } = await ask(base, 'GET', '/v1/qrcode-templates?scope=QRCODE_TEMPLATE_SCOPE_AVAILABLE');
  const house = qrcodeTemplates.filter((template) => template.builtIn);
  assert.equal(house.length, 10);
  await visit(page, base, `links/${link.id}/design`);
  await page.getByText('It scans.', { exact: true }).waitFor();
  for (const template of house) {
    await ask(base, 'POST', '/v1/qrcode-designs/apply-template', { linkId: link.id, qrcodeTemplateId: template.id });
    await readsAs(page, link.xQrEntrypoint);
  }
});

endsWithoutComplaint(stage);
