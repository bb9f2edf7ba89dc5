import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLink } from '../api.js';
import { figureIs, scanUntilShown, visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

let link;
const stage = setStage({
  async prepare({ page, base }) {
    link = await makeLink(base, 'https://example.com/spring');
    await visit(page, base, `links/${link.id}`);
    await page.locator('.feed.live').waitFor();
    await scanUntilShown(page, () => open(link.xQrEntrypoint));
    await figureIs(page, 'scans', 1);
  },
});

test('the open page says when the server is away and what its numbers include, and finds it again', async (t) => {
  const { page, server } = stage;
  const resume = await server.interrupt();
  await page.getByText('Reconnecting…').waitFor();
  await page.getByText(/^Data up to \d/).waitFor();
  assert.equal(await page.locator('[data-figure=scans]').innerText(), '1');

  await resume();
  const begun = performance.now();
  assert.equal((await open(link.xQrEntrypoint)).status, 302);
  await page.locator('[data-scan]').nth(1).waitFor();
  await page.locator('.feed.live').waitFor();
  await figureIs(page, 'scans', 2);
  t.diagnostic(`server back to row on the page, ms: ${(performance.now() - begun).toFixed(0)}`);
});

test('a scan that came while the browser was offline is there when it is back', async () => {
  const { page } = stage;
  await page.context().setOffline(true);
  await page.getByText('Offline', { exact: true }).waitFor();
  assert.equal((await open(link.xQrEntrypoint)).status, 302);
  await page.context().setOffline(false);
  await page.locator('[data-scan]').nth(2).waitFor();
  await page.locator('.feed.live').waitFor();
  await figureIs(page, 'scans', 3);
});

test('what is asked of a server that is away is answered in words, and works when it is back', async () => {
  const { page, base, server } = stage;
  await visit(page, base, 'links');
  const resume = await server.interrupt();
  await page.locator('input[name=destination]').fill('example.com/autumn');
  await page.keyboard.press('Enter');
  await page.getByText('Quietzone does not answer.').first().waitFor();
  assert.equal(await page.locator('input[name=destination]').inputValue(), 'example.com/autumn');
  await resume();
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('link', { name: 'https://example.com/autumn' }).waitFor();
});

test('a page that was opened while nobody answered goes on by itself', async () => {
  const { page, base } = stage;
  await page.route('**/v1/x/session', (route) => route.abort());
  await page.goto(`${base}/app/links`);
  await page.getByRole('heading', { name: 'Quietzone does not answer' }).waitFor();
  await page.unroute('**/v1/x/session');
  await page.locator('a.row').first().waitFor();
});

endsWithoutComplaint(stage, /net::ERR_/);
