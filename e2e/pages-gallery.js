// Every page that a visitor meets, as the crate `pages` writes it, in a real browser with its real headers: looked at by
// axe, measured, photographed.
//
//   cargo run --release -p pages --example gallery -- DIR
//   node e2e/pages-gallery.js DIR [SHOTS]    PAGES=pattern picks some; SHOTS: a folder for pictures
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { violations } from './axe.js';
import { DESK, PHONE, openBrowser } from './browser.js';

const [directory, shots] = process.argv.slice(2);
if (!directory) throw new Error('usage: node e2e/pages-gallery.js DIR [SHOTS]');
const pages = JSON.parse(await readFile(join(directory, 'pages.json'), 'utf8'));
const wanted = new RegExp(process.env.PAGES ?? '');
const headers = new Map(pages.map((page) => [`/${page.file}`, page.headers]));

const BARE = '?without-policy';
const server = createServer(async (request, response) => {
  try {
    const body = await readFile(join(directory, new URL(request.url, 'http://host').pathname));
    const { pathname, search } = new URL(request.url, 'http://host');
    // A timer would lead away from under the eyes of axe.
    const { refresh, ...sent } = headers.get(pathname) ?? { 'content-type': 'image/svg+xml' };
    // A sandbox without scripts stops the clocks that axe works with.
    if (search === BARE) delete sent['content-security-policy'];
    response.writeHead(200, sent).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${server.address().port}`;
if (shots) await mkdir(shots, { recursive: true });

const faults = [];
let looks = 0;
for (const [device, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
  for (const colorScheme of ['light', 'dark']) {
    const browser = await openBrowser({ viewport, colorScheme, reducedMotion: 'reduce' });
    const { page } = browser;
    for (const { file, language, theme } of pages) {
      if (!wanted.test(file)) continue;
      if (!isWorthALook(language, theme, device, colorScheme)) continue;
      // With its policy: a style or image that it keeps out is a complaint of the browser.
      await page.goto(`${base}/${file}`);
      if (shots && (language === 'en' || theme === 'house')) {
        const name = `${file.replace('.html', '')}-${device}-${colorScheme}.png`;
        await page.screenshot({ path: join(shots, name), fullPage: true });
      }
      await page.goto(`${base}/${file}${BARE}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) faults.push(`${file} ${device}: ${wide} px wider than the window`);
      for (const fault of await violations(page)) faults.push(`${file} ${device} ${colorScheme}: ${fault}`);
      for (const target of await page.evaluate(smallTargets)) faults.push(`${file} ${device}: ${target}`);
      looks += 1;
    }
    for (const complaint of new Set(browser.complaints)) faults.push(`the browser complained: ${complaint}`);
    await browser.close();
  }
}
server.close();

/** Other languages stand in the house's look, on the telephone, where room is short; the dark is that of two themes. */
function isWorthALook(language, theme, device, colorScheme) {
  if (language !== 'en') return theme === 'house' && device === 'phone' && colorScheme === 'light';
  return colorScheme === 'light' || theme === 'house' || (theme === 'coral' && device === 'phone');
}

/** Targets below 44 px in either direction; links within a text may be smaller (WCAG 2.2, 2.5.8). */
function smallTargets() {
  const inText = (element) => element.closest('.summary, dd') !== null;
  return [...document.querySelectorAll('a, button, input, select, textarea')]
    .filter((element) => element.type !== 'hidden' && !element.closest('.trap') && !inText(element))
    .map((element) => element.closest('label.choice, label.star') ?? element)
    .map((element) => [element, element.getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44)
    .map(([element, box]) => `${element.outerHTML.slice(0, 80)}: ${box.width} x ${box.height} px`);
}

for (const fault of faults) console.log(fault);
const most = Math.max(...pages.map((page) => page.bytes));
console.log(`${pages.length} pages, largest ${most} bytes; ${looks} looks, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
