// A real browser, as a person at a desk has one: a fresh profile, and no calls of its own to anywhere.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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

/** Errors of the page itself fail the story that opened it: they stand in `complaints`. */
export async function openBrowser() {
  const profile = await mkdtemp(join(tmpdir(), 'quietzone-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: ARGUMENTS,
    acceptDownloads: true,
    viewport: { width: 1440, height: 900 },
    timezoneId: 'UTC',
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(15_000);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // A refused sign-in is an answer; the browser also writes it down as an error.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  return {
    page,
    complaints,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

export async function signIn(page, base, { email, password } = OWNER) {
  await page.goto(`${base}/app/`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Creates a link as a person does, one field and Enter, and ends on its page. Answers its id. */
export async function createLink(page, destination) {
  await page.locator('input[name=destination]').fill(destination);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/app\/links\/[^/]+$/);
  await page.locator('.feed.live').waitFor();
  return new URL(page.url()).pathname.split('/').at(-1);
}

/** With SCREENSHOTS=dir, pictures of the page as it stands: phone and desk, light and dark. */
export async function picture(page, name) {
  const directory = process.env.SCREENSHOTS;
  if (!directory) return;
  await mkdir(directory, { recursive: true });
  const before = page.viewportSize();
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(directory, `${name}-${width}-${colorScheme}.png`) });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
}
