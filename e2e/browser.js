// A real browser, as people at desks and with telephones have one: fresh profiles, and no calls of its own to anywhere.
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { OWNER } from './quietzone.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/**
 * One program, and the first person at it. Errors of the page itself fail the story that opened it: they stand in
 * `complaints`.
 */
export async function openBrowser(options) {
  const program = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  const complaints = [];

  /** Somebody else: cookies, storage and clipboard of their own. Answers the page they look at. */
  async function person(more = {}) {
    const context = await program.newContext({
      acceptDownloads: true,
      viewport: DESK,
      timezoneId: 'UTC',
      locale: 'en-GB',
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
      ...more,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // A refused sign-in is an answer; the browser also writes it down as an error.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
        complaints.push(message.text());
    });
    return page;
  }

  return { page: await person(), person, complaints, close: () => program.close() };
}

/** Signs in and waits for a page of the dashboard. */
export async function signIn(page, base, { email, password } = OWNER) {
  await page.goto(`${base}/app/`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  // A pointer that rests where the list of scans will be holds it.
  await page.mouse.move(0, 0);
}

/** Opens a page by its place in the dashboard, as a bookmark does. */
export async function visit(page, base, path = '') {
  await page.goto(`${base}/app/${path}`);
  await settled(page);
}

/** Resolves when everything that the page reads at first is there, and nothing glides any more. */
export async function settled(page) {
  await page.waitForFunction(() => {
    const endless = ({ effect }) => effect.getComputedTiming().iterations === Infinity;
    return (
      document.readyState === 'complete' &&
      document.querySelector('h1') !== null &&
      document.querySelector('[aria-busy=true]') === null &&
      document.getAnimations().every((one) => one.playState !== 'running' || endless(one))
    );
  });
}

/** Creates a link as a person does, one field and Enter, and ends on its page. Answers its id. */
export async function createLink(page, destination) {
  await page.locator('input[name=destination]').fill(destination);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/app\/links\/[^/?]+$/);
  await page.locator('.feed.live').waitFor();
  return new URL(page.url()).pathname.split('/').at(-1);
}

/** Waits until a figure above the charts (`scans`, `visitors`, `first`, `returning`) is this number. */
export async function figureIs(page, name, value) {
  await page.locator(`[data-figure=${name}][data-value="${value}"]`).waitFor();
}

/** Scans once, and measures until the page shows a row that it did not show. */
export async function scanUntilShown(page, scan) {
  const shown = page.locator('[data-scan]');
  const before = (await shown.count()) > 0 ? await shown.first().getAttribute('data-scan') : '';
  const begun = performance.now();
  const answer = await scan();
  await page.waitForFunction(
    (before) => ![undefined, before].includes(document.querySelector('[data-scan]')?.dataset.scan),
    before,
    { polling: 'raf' },
  );
  return { answer, delay: performance.now() - begun };
}

/** Takes the page's code as a file (`PNG`, `SVG`) into a folder, and answers where it lies. */
export async function downloadCode(page, format, folder) {
  const [given] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: format, exact: true }).click(),
  ]);
  const path = join(folder, given.suggestedFilename());
  await given.saveAs(path);
  return path;
}
