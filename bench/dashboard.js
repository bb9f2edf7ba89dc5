// What the dashboard costs and how fast it is, in the browser's own figures:
//
//   node bench/dashboard.js            after `make build` and `npm --prefix e2e ci`
//
// 1. bytes of the first page as they cross the wire; layout shift; when it is interactive with the processor slowed
//    down four times (the end of the last task over 50 ms, by the browser's own long-task entries, after the first
//    figures are painted); 2. how long a scan takes to the feed and to the chart of an open overview.
import { openBrowser, signIn } from '../e2e/browser.js';
import { open } from '../e2e/phone.js';
import { API_TOKEN, startQuietzone, UNATTENDED } from '../e2e/quietzone.js';

const SCANS = Number(process.env.SCANS ?? 200);

const server = await startQuietzone({ ...UNATTENDED, QUIETZONE_DEMO: 'true' });
const browser = await openBrowser();
try {
  await signIn(browser.page, server.base);
  await browser.page.locator('.feed.live').waitFor();
  await firstPage(browser.page);
} finally {
  await browser.close();
  await server.stop();
}

const quiet = await startQuietzone(UNATTENDED);
const watching = await openBrowser();
try {
  await delays(watching.page, quiet.base);
} finally {
  await watching.close();
  await quiet.stop();
}

async function firstPage(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const kinds = new Map();
  const bytes = new Map();
  session.on('Network.responseReceived', ({ requestId, response }) => kinds.set(requestId, response));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
    bytes.set(requestId, encodedDataLength),
  );
  await page.addInitScript(() => {
    window.measured = { shift: 0, interactive: 0 };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (!entry.hadRecentInput) window.measured.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries())
        window.measured.interactive = Math.max(window.measured.interactive, startTime + duration);
    }).observe({ type: 'longtask', buffered: true });
  });
  const rows = [];
  for (const rate of [1, 4]) {
    kinds.clear();
    bytes.clear();
    await session.send('Emulation.setCPUThrottlingRate', { rate });
    await page.reload({ waitUntil: 'load' });
    await page.locator('.feed.live').waitFor();
    await page.locator('canvas').first().waitFor();
    // The feed stays open, so the network is never idle: what the first view loads has come long before this.
    await page.waitForTimeout(rate * 3_000);
    const { shift, interactive, painted } = await page.evaluate(() => ({
      ...window.measured,
      painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    }));
    const files = [...bytes].filter(([id]) => /\/app\/|icon/.test(kinds.get(id)?.url ?? ''));
    const total = files.reduce((sum, [, length]) => sum + length, 0);
    rows.push({
      'processor slowed by': rate,
      'files of the page': files.length,
      'bytes of them': total,
      'first paint, ms': Math.round(painted),
      'interactive, ms': Math.round(Math.max(painted, interactive)),
      'layout shift': shift.toFixed(4),
    });
  }
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  console.table(rows);
}

async function delays(page, base) {
  const created = await fetch(`${base}/v1/links`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${API_TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ destination: 'https://example.com/' }),
  });
  const { link } = await created.json();
  await signIn(page, base);
  await page.locator('.feed.live').waitFor();
  const feed = [];
  const chart = [];
  let newest;
  for (let number = 1; number <= SCANS; number += 1) {
    const answered = await open(link.xQrEntrypoint);
    if (answered.status !== 302) throw new Error(`the redirect answered ${answered.status}`);
    const begun = performance.now();
    const shown = page
      .waitForFunction(
        (newest) => ![undefined, newest].includes(document.querySelector('[data-scan]')?.dataset.scan),
        newest,
        { polling: 'raf' },
      )
      .then(() => feed.push(performance.now() - begun));
    const drawn = page
      .waitForFunction(
        (scans) => document.querySelector('[data-figure=scans]')?.dataset.value === scans,
        String(number),
        { polling: 'raf' },
      )
      .then(() => chart.push(performance.now() - begun));
    await Promise.all([shown, drawn]);
    newest = await page.locator('[data-scan]').first().getAttribute('data-scan');
  }
  console.table({ feed: percentiles(feed), chart: percentiles(chart) });
}

function percentiles(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { scans: sorted.length, 'p50, ms': at(0.5), 'p99, ms': at(0.99), 'max, ms': at(1) };
}
