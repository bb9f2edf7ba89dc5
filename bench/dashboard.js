// What the dashboard costs and how fast it is, in the browser's own figures:
//
//   node bench/dashboard.js            after `make build` and `npm --prefix e2e ci`; SCANS=200 of the second part
//
// 1. The overview of the demo, opened with an empty cache: bytes as they cross the wire, and from the browser's own
//    trace first paint, layout shift, and when it is interactive, also with the processor slowed down four times: the
//    end of the last task over 50 ms on the page's main thread before two seconds without one (scans of the demo go on
//    arriving meanwhile, and are drawn). 2. How long a scan takes to the feed and to the chart
//    of an open overview, from the redirect's answer to the change of the page.
import { ask, makeLink } from '../e2e/api.js';
import { openBrowser, settled, signIn } from '../e2e/browser.js';
import { open } from '../e2e/phone.js';
import { demoIsFull, startQuietzone, UNATTENDED } from '../e2e/quietzone.js';

const SCANS = Number(process.env.SCANS ?? 200);
const LONG_TASK_US = 50_000;
const QUIET_MS = 2_000;

await withPage({ ...UNATTENDED, QUIETZONE_DEMO: 'true' }, firstPage);
await withPage(UNATTENDED, delays);

async function withPage(environment, measure) {
  const server = await startQuietzone(environment);
  const browser = await openBrowser();
  try {
    if (environment.QUIETZONE_DEMO) await demoIsFull(server);
    await signIn(browser.page, server.base);
    await browser.page.locator('.feed.live').waitFor();
    await measure(browser.page, server.base);
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function firstPage(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const responses = new Map();
  const bytes = new Map();
  session.on('Network.responseReceived', ({ requestId, response }) => responses.set(requestId, response.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
    bytes.set(requestId, encodedDataLength),
  );
  const rows = [];
  for (const rate of [1, 4, 4, 4]) {
    responses.clear();
    bytes.clear();
    await session.send('Emulation.setCPUThrottlingRate', { rate });
    const events = await traced(session, async () => {
      await page.reload({ waitUntil: 'load' });
      await page.locator('.feed.live').waitFor();
      await page.locator('canvas').first().waitFor();
      await page.locator('.map .dot').first().waitFor({ state: 'attached' });
      await settled(page);
      // What still comes now, a page that is done does not do: the trace shows whether it was.
      await page.waitForTimeout(2 * QUIET_MS);
    });
    const sum = (pattern) =>
      [...bytes].reduce((all, [id, length]) => all + (pattern.test(responses.get(id)) ? length : 0), 0);
    rows.push({
      'processor slowed by': rate,
      'kB of the page': (sum(/\/app\/|icon/) / 1000).toFixed(1),
      'kB of numbers': (sum(/\/v1\//) / 1000).toFixed(1),
      ...read(events),
    });
  }
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  console.table(rows);
}

/** The events of the browser's trace of what happens meanwhile. */
async function traced(session, act) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  session.on('Tracing.dataCollected', collect);
  const includedCategories = ['loading', 'toplevel', 'blink.user_timing', 'devtools.timeline'];
  await session.send('Tracing.start', { traceConfig: { includedCategories }, transferMode: 'ReportEvents' });
  await act();
  const complete = new Promise((done) => session.once('Tracing.tracingComplete', done));
  await session.send('Tracing.end');
  await complete;
  session.off('Tracing.dataCollected', collect);
  return events;
}

function read(events) {
  const paint = events.filter(({ name }) => name === 'firstContentfulPaint').at(-1);
  // Both are of the same navigation; the trace also holds the end of the page before.
  const { navigationId } = paint.args.data;
  const isStart = ({ name, args }) => name === 'navigationStart' && args.data?.navigationId === navigationId;
  const start = events.find(isStart).ts;
  const own = events.filter(({ pid, tid, ts }) => pid === paint.pid && tid === paint.tid && ts >= start);
  const long = own
    .filter(({ name, dur }) => /RunTask$/.test(name) && dur > LONG_TASK_US)
    .toSorted((a, b) => a.ts - b.ts);
  let interactive = paint.ts;
  for (const { ts, dur } of long) {
    if (ts > interactive + QUIET_MS * 1_000) break;
    interactive = Math.max(interactive, ts + dur);
  }
  const shifts = own.filter(({ name, args }) => name === 'LayoutShift' && !args.data.had_recent_input);
  const ms = (us) => Math.round((us - start) / 1000);
  return {
    'first paint, ms': ms(paint.ts),
    'interactive, ms': ms(interactive),
    'longest task, ms': Math.round(Math.max(0, ...long.map(({ dur }) => dur)) / 1000),
    'layout shift': shifts.reduce((sum, { args }) => sum + args.data.score, 0).toFixed(4),
  };
}

async function delays(page, base) {
  const link = await makeLink(base, 'https://example.com/');
  const feed = [];
  const chart = [];
  let newest;
  for (let number = 1; number <= SCANS; number += 1) {
    const { status } = await open(link.xQrEntrypoint);
    if (status !== 302) throw new Error(`the redirect answered ${status}`);
    const begun = performance.now();
    const changes = (condition, argument, times) =>
      page
        .waitForFunction(condition, argument, { polling: 'raf' })
        .then(() => times.push(performance.now() - begun));
    await Promise.all([
      changes(
        (newest) => ![undefined, newest].includes(document.querySelector('[data-scan]')?.dataset.scan),
        newest,
        feed,
      ),
      changes(
        (scans) => document.querySelector('[data-figure=scans]')?.dataset.value === scans,
        String(number),
        chart,
      ),
    ]);
    newest = await page.locator('[data-scan]').first().getAttribute('data-scan');
  }
  console.table({ feed: percentiles(feed), chart: percentiles(chart) });
  const { spool } = await ask(base, 'GET', '/v1/x/system');
  if (spool.lost.length > 0) throw new Error('scans were lost');
}

function percentiles(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { scans: sorted.length, 'p50, ms': at(0.5), 'p99, ms': at(0.99), 'max, ms': at(1) };
}
