// The three stories that Quietzone was made for, in browsers: those of the visitors, and that of whoever asks how it went.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { PHONE, signIn, visit } from '../browser.js';
import { beginningAt } from '../clock.js';
import { IPHONE } from '../phone.js';
import { UNATTENDED } from '../quietzone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';
import { openWorkflow, publish, stepOf } from '../workflow.js';

/** Networks of two universities: which city they are in, the installation's own file says. */
const PLACES = ['129.132.1.1', '131.130.1.1'];

// Where the codes lead: a site of their own.
const site = createServer((request, response) => {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><html lang="en"><title>${request.url}</title><p>Welcome`);
});
site.listen(0, '127.0.0.1');
await once(site, 'listening');
const home = `http://127.0.0.1:${site.address().port}`;
after(() => site.close());

const stage = setStage({
  environment: {
    ...UNATTENDED,
    ...beginningAt('2026-03-28 10:30:00 UTC'),
    QUIETZONE_TIMEZONE: 'Europe/Berlin',
    QUIETZONE_TRUSTED_PROXIES: '127.0.0.1/32',
  },
});

/** Somebody with a telephone and cookies of their own. */
const visitor = (address = '198.51.100.7') =>
  stage.browser.person({
    viewport: PHONE,
    userAgent: IPHONE,
    isMobile: true,
    hasTouch: true,
    extraHTTPHeaders: { 'X-Forwarded-For': address },
  });

/** Scans a link in a browser; answers the path that it ends at. */
async function scan(page, link) {
  await page.goto(link.xQrEntrypoint);
  const url = new URL(page.url());
  assert.equal(url.origin, home);
  return url.pathname;
}

const redirect = (path) => ({
  id: randomUUID(),
  payload: { clientRedirect: { destination: home + path, conversionTracking: false } },
  branches: [],
});

/** Draws a condition and its redirects as a draft, and publishes it in the dashboard. */
async function decide(link, condition, ...ends) {
  const path = `/v1/x/links/${link.id}/workflow`;
  const { steps, draft } = await ask(stage.base, 'GET', path);
  const entry = steps.find(({ eventAction }) => eventAction.endsWith('LINK_VISIT'));
  const step = { id: randomUUID(), payload: condition, branches: [] };
  const begin = { ...entry, branches: [{ branchId: 'next', nextStepId: step.id }] };
  await ask(stage.base, 'PUT', `${path}/draft`, { revision: draft?.revision ?? 0, steps: [begin, step, ...ends] });
  await openWorkflow(stage.page, stage.base, link.id);
  await publish(stage.page);
}

test('a restaurant: lunch scans get the lunch menu, before and after the clocks change', async () => {
  const link = await makeLink(stage.base, `${home}/dinner`, { name: 'Spring menu' });
  const [lunch, dinner] = [redirect('/lunch'), redirect('/dinner')];
  const ranges = [{ id: 'lunch', name: 'Lunch', startTime: '11:00', endTime: '14:30', nextStepId: lunch.id }];
  await decide(link, { timeOfDayCondition: { ranges, elseNextStepId: dinner.id } }, lunch, dinner);
  const guest = await visitor();
  assert.equal(await scan(guest, link), '/lunch', 'at 11:30 in winter');
  for (const [instant, menu] of [
    ['2026-03-28 13:31:00 UTC', '/dinner'],
    // In the night the clock goes forward: 8:55 there is 10:55 here, and five minutes later is lunch.
    ['2026-03-29 08:55:00 UTC', '/dinner'],
    ['2026-03-29 09:01:00 UTC', '/lunch'],
    ['2026-03-29 12:31:00 UTC', '/dinner'],
  ]) {
    const resume = await stage.server.interrupt();
    await resume(beginningAt(instant));
    assert.equal(await scan(guest, link), menu, instant);
  }
});

test('a maker: the first scan gets the how-to, each later one support, also the day after', async () => {
  const link = await makeLink(stage.base, `${home}/support`, { name: 'In the box' });
  await openWorkflow(stage.page, stage.base, link.id);
  await stage.page.getByRole('button', { name: /^Add a step between “Scan, then/ }).click();
  await stage.page.getByRole('dialog').getByRole('option', { name: 'First or repeat' }).click();
  // Who has not been here goes the first branch, which leads nowhere yet.
  await stepOf(stage.page, 'First scan').getByRole('button', { name: /^Add a step: / }).first().click();
  await stage.page.getByRole('dialog').getByRole('combobox').fill('web address');
  await stage.page.keyboard.press('Enter');
  const panel = stage.page.locator('aside');
  await panel.getByRole('textbox', { name: 'Web address' }).fill(`${home}/how-to`);
  await panel.getByRole('textbox', { name: 'Web address' }).blur();
  await stage.page.getByText('Draft saved', { exact: true }).waitFor();
  await publish(stage.page);

  const buyer = await visitor();
  assert.equal(await scan(buyer, link), '/how-to');
  assert.equal(await scan(buyer, link), '/support');
  const resume = await stage.server.interrupt();
  await resume(beginningAt('2026-03-30 15:00:00 UTC'));
  assert.equal(await scan(buyer, link), '/support', 'the day after');
  assert.equal(await scan(await visitor(), link), '/how-to', 'somebody else at the same address');
  await buyer.context().clearCookies();
  assert.equal(await scan(buyer, link), '/how-to', 'a browser that was cleared knows nothing');
});

test('a tour: each poster leads to the concert of its city, and the cities are compared', async () => {
  // The dashboard shows the days of the browser, whose clock is nobody's to move.
  const resume = await stage.server.interrupt();
  await resume({ LD_PRELOAD: '', FAKETIME: '' });
  await signIn(stage.page, stage.base);
  const cities = [];
  for (const address of PLACES) {
    const headers = { 'X-Forwarded-For': address, Accept: 'application/json' };
    const { fields } = await (await fetch(`${stage.base}/.well-known/quietzone/me`, { headers })).json();
    cities.push(fields.find(({ field }) => field === 'city').value);
  }
  assert.ok(cities[0] && cities[1] && cities[0] !== cities[1], cities.join());
  const link = await makeLink(stage.base, `${home}/tour`, { name: 'Tour poster' });
  const ends = [redirect('/first'), redirect('/second'), redirect('/tour')];
  const options = cities.map((city, at) => ({
    id: `city${at}`,
    name: city,
    match: 'ALL',
    tests: [{ fact: 'CITY', operator: 'IS', values: [city] }],
    nextStepId: ends[at].id,
  }));
  await decide(link, { xRulesCondition: { options, elseNextStepId: ends[2].id } }, ...ends);
  for (const [address, path, times] of [
    [PLACES[0], '/first', 2],
    [PLACES[1], '/second', 1],
    ['198.51.100.7', '/tour', 1],
  ]) {
    for (let time = 0; time < times; time += 1) assert.equal(await scan(await visitor(address), link), path);
  }
  const { page, base } = stage;
  await visit(page, base, `links/${link.id}`);
  await page.locator('[data-figure=scans][data-value="4"]').waitFor();
  await page.getByRole('button', { name: 'Cities', exact: true }).click();
  for (const [city, scans] of [
    [cities[0], /^2$/],
    [cities[1], /^1$/],
  ]) {
    const row = page.getByRole('listitem').filter({ has: page.getByText(city, { exact: true }) });
    await row.locator('.count', { hasText: scans }).waitFor();
  }
});

endsWithoutComplaint(stage);
