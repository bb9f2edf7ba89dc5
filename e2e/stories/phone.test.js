import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, createLink, settled, visit } from '../browser.js';
import { UNATTENDED } from '../quietzone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';
import { DEMO_VIEWS } from '../views/demo.js';

const stage = setStage({
  environment: { ...UNATTENDED, QUIETZONE_DEMO: 'true' },
  look: { viewport: PHONE, hasTouch: true, isMobile: true, deviceScaleFactor: 2, reducedMotion: 'reduce' },
});

/** What sticks out at the right, by tag and class; nothing where neither the page nor a dialog scrolls sideways. */
function sideways(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wholes = [document.documentElement, ...document.querySelectorAll('dialog[open]')];
    if (wholes.every((whole) => whole.scrollWidth <= whole.clientWidth)) return [];
    // What a drawing cuts off is not seen.
    const all = [...document.querySelectorAll('body *:not(svg *)')];
    const out = all.filter((one) => one.getBoundingClientRect().right > width + 1);
    const names = out.slice(0, 5).map((one) => `${one.tagName}.${one.className}`);
    return [`${document.documentElement.scrollWidth} px`, ...names];
  });
}

for (const name of Object.keys(DEMO_VIEWS)) {
  test(`${name} fits a phone`, async () => {
    const { page } = stage;
    await page.setViewportSize(PHONE);
    await DEMO_VIEWS[name](page, stage);
    assert.deepEqual(await sideways(page), []);
    await page.setViewportSize({ width: 360, height: 780 });
    await settled(page);
    assert.deepEqual(await sideways(page), []);
  });
}

test('the pages are a touch away, and the menu opens and closes', async () => {
  const { page, base } = stage;
  await visit(page, base);
  await page.getByRole('link', { name: 'Links', exact: true }).tap();
  await page.getByRole('heading', { name: 'Links', level: 1 }).waitFor();
  const menu = page.getByRole('button', { name: 'Menu of Demo' });
  await menu.tap();
  await page.getByText('Dark', { exact: true }).tap();
  const ink = () => page.evaluate(() => getComputedStyle(document.body).color);
  const dark = await ink();
  await page.getByText('Light', { exact: true }).tap();
  assert.notEqual(await ink(), dark);
  await page.getByRole('link', { name: 'Account' }).tap();
  await page.getByRole('heading', { name: 'Account', level: 1 }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign out', exact: true }).isVisible(), false);
});

test('the settings are a list of pages with a way back', async () => {
  const { page } = stage;
  await page.getByRole('link', { name: 'Settings', exact: true }).tap();
  await page.getByRole('link', { name: 'System' }).tap();
  await page.getByRole('heading', { name: 'System', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'All settings' }).tap();
  await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
});

test('a link is made with the thumb, and its code is on the screen', async () => {
  const { page, base } = stage;
  await visit(page, base, 'links');
  await createLink(page, 'example.com/thumb');
  const code = page.getByRole('img', { name: /^QR code of .* holding/ });
  await code.waitFor();
  const box = await code.boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= PHONE.width);
});

endsWithoutComplaint(stage);
