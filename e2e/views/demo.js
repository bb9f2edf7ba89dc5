// The pages of the demo: full of numbers. Each view says how somebody signed in gets to it.
import { makeLink } from '../api.js';
import { settled, visit } from '../browser.js';

const SECTIONS = [
  'workspace', 'address', 'members', 'tokens', 'webhooks', 'exports', 'audit', 'account', 'places', 'privacy',
  'backups', 'system',
];

/** Waits for the numbers, the chart and the bubbles of the map. */
export async function numbers(page) {
  await settled(page);
  await page.locator('.analytics[aria-busy=false] canvas').waitFor();
  // A bubble is a round end of a line without length: a browser holds it for invisible.
  await page.locator('.map .dot').first().waitFor({ state: 'attached' });
  await page.locator('[data-scan]').first().waitFor();
}

async function overview(page, base, search = '') {
  await visit(page, base, search);
  await numbers(page);
}

async function someLink(page, base) {
  await visit(page, base, 'links?sort=scans');
  await page.locator('a.row').first().click();
  await page.waitForURL(/\/app\/links\/[^?]+/);
  await numbers(page);
}

async function palette(page, base, typed) {
  await visit(page, base, 'links');
  await page.keyboard.press('Control+k');
  const field = page.getByRole('dialog').getByRole('combobox');
  await field.fill(typed);
  await settled(page);
}

export const DEMO_VIEWS = {
  overview: (page, { base }) => overview(page, base),
  'overview-everything': (page, { base }) => overview(page, base, '?range=7d&verdict=all'),
  'overview-today': (page, { base }) => overview(page, base, '?range=today'),
  'overview-filtered': (page, { base }) =>
    overview(page, base, '?range=90d&country=DE&country=CH&device_type=mobile'),
  async 'overview-tables'(page, { base }) {
    await overview(page, base);
    for (const chart of ['Scans over time', 'Map', 'Hours of the week'])
      await page.getByRole('button', { name: `Table: ${chart}` }).click();
  },
  async 'overview-filter-dialog'(page, { base }) {
    await overview(page, base, '?country!=DE&city~=dorf');
    await page.getByRole('button', { name: 'Change the filter Country is not Germany' }).click();
    await page.getByRole('dialog').getByRole('checkbox').nth(2).waitFor();
  },
  async 'overview-copy'(page, { base }) {
    await overview(page, base);
    await page.getByRole('button', { name: 'Copy: Map' }).click();
    await page.getByRole('menuitem').first().waitFor();
  },
  async wall(page, { base }) {
    await visit(page, base, 'wall');
    await page.locator('[data-figure=now]').getByText(/\d/).waitFor();
    await page.locator('.dot').nth(3).waitFor({ state: 'attached' });
    await page.locator('[data-scan]').first().waitFor();
  },
  async 'a-scan'(page, { base }) {
    await overview(page, base, '?verdict=all&reason=asn:data-centre');
    await page.getByRole('link', { name: /^All that is known/ }).first().click();
    await page.getByRole('heading', { name: 'Why it counts as it does' }).waitFor();
    await settled(page);
  },
  async 'overview-dates'(page, { base }) {
    await overview(page, base);
    const button = page.getByRole('button', { name: 'Dates…' });
    if (await button.isVisible()) await button.click();
    else await page.getByRole('combobox', { name: 'Days' }).selectOption({ label: 'Dates…' });
    await page.getByLabel('First day').waitFor();
  },
  async 'overview-all-rows'(page, { base }) {
    await overview(page, base);
    await page.getByRole('button', { name: /^Show all \d/ }).first().click();
    await page.getByRole('dialog').getByRole('listitem').first().waitFor();
  },
  async 'overview-silent-links'(page, { base }) {
    await overview(page, base);
    await page.getByRole('button', { name: 'Silent' }).click();
    await page.getByLabel('Silent for').waitFor();
    await settled(page);
  },
  async 'overview-no-match'(page, { base }) {
    await visit(page, base, '?country=AQ');
    await page.getByText('No scans match the filters.').waitFor();
  },
  async 'overview-no-days'(page, { base }) {
    await visit(page, base, '?range=2020-01-01..2020-01-07');
    await page.getByText('No scans in these days.').first().waitFor();
  },

  async links(page, { base }) {
    await visit(page, base, 'links');
    await page.locator('a.row').first().waitFor();
  },
  async 'links-no-match'(page, { base }) {
    await visit(page, base, 'links?q=nothing+like+this');
    await page.getByText('No link matches.').waitFor();
  },
  async 'links-deleted'(page, { base }) {
    const link = await makeLink(base, 'https://example.com/gone', { name: 'Last year’s poster' });
    await visit(page, base, `links/${link.id}`);
    await page.getByRole('button', { name: 'Delete this link' }).click();
    await page.getByText(/^Deleted /).waitFor();
    await settled(page);
  },
  async trash(page, { base }) {
    await visit(page, base, 'links?trash=1');
    await page.getByRole('button', { name: /^Restore/ }).first().waitFor();
  },
  link: (page, { base }) => someLink(page, base),
  async 'link-edited'(page, { base }) {
    await someLink(page, base);
    for (const what of ['the name', 'the destination', 'the tags', 'when it ends'])
      await page.getByRole('button', { name: `Change ${what}` }).click();
  },
  async 'link-requests'(page, { base }) {
    await someLink(page, base);
    await page.getByText('Every request').click();
    await page.locator('[data-request]').first().waitFor();
    await page.locator('[data-request]').first().scrollIntoViewIfNeeded();
  },
  async 'link-missing'(page, { base }) {
    await visit(page, base, 'links/none');
    await page.getByRole('heading', { name: 'This link is not here' }).waitFor();
  },
  async 'page-missing'(page, { base }) {
    await visit(page, base, 'nothing');
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  },

  'settings-menu': (page, { base }) => visit(page, base, 'settings'),
  ...Object.fromEntries(
    SECTIONS.map((section) => [
      `settings-${section}`,
      (page, { base }) => visit(page, base, `settings/${section}`),
    ]),
  ),

  async 'demo-left'(page, { base }) {
    await visit(page, base, 'links');
    await page.getByRole('button', { name: 'Make my own workspace' }).click();
    await page.getByRole('dialog').waitFor();
    await settled(page);
  },
  palette: (page, { base }) => palette(page, base, ''),
  'palette-found': (page, { base }) => palette(page, base, 'set'),
  'palette-address': (page, { base }) => palette(page, base, 'example.com/menu'),
  async 'palette-nothing'(page, { base }) {
    await palette(page, base, 'xyzzy');
    await page.getByText('Nothing here is called “xyzzy”.').waitFor();
  },
  async shortcuts(page, { base }) {
    await visit(page, base, 'links');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  },
  async menu(page, { base }) {
    await visit(page, base, 'links');
    await page.getByRole('button', { name: /^Menu of/ }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  },
};
