// The pages of a workspace of one's own on its first day: empty at first, then with one link and one more member. The
// views build on each other, in this order.
import { ask, invite, makeLink } from '../api.js';
import { createLink, settled, visit } from '../browser.js';
import { drawRichWorkflow, openWorkflow, panel, publishDraft, stepOf } from '../workflow.js';
import { open } from '../phone.js';

export const COLLEAGUE = { email: 'colleague@example.com', password: 'a second pair of eyes' };

async function section(page, base, name) {
  await visit(page, base, `settings/${name}`);
}

const dialog = (page) => page.getByRole('dialog');

/** A logo of two shapes. */
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 60"><circle cx="30" cy="30" r="28" fill="#0b5c4c"/>' +
  '<path d="M18 31l9 9 16-19" fill="none" stroke="#fff" stroke-width="6"/></svg>';

/** The link whose workflow the views are of; made by the first of them. */
async function richLink(base) {
  const { links } = await ask(base, 'GET', '/v1/links?search=Corner');
  if (links.length > 0) return links[0];
  const link = await makeLink(base, 'https://corner-house.example/dinner', {
    name: 'Corner table',
    fallbackDestination: 'https://corner-house.example/',
  });
  await drawRichWorkflow(base, link.id);
  await publishDraft(base, link.id);
  return link;
}

async function workflow(page, base, view) {
  await openWorkflow(page, base, (await richLink(base)).id, view);
}

export const OWN_VIEWS = {
  async 'first-link'(page, { base }) {
    await visit(page, base, 'links');
    await page.getByRole('heading', { name: 'Where should your first code lead?' }).waitFor();
  },
  async 'overview-empty'(page, { base }) {
    await visit(page, base);
    await page.getByText('No scans yet.').waitFor();
  },
  async 'trash-empty'(page, { base }) {
    await visit(page, base, 'links?trash=1');
    await page.getByText('Nothing here.').waitFor();
  },
  async 'destination-refused'(page, { base }) {
    await visit(page, base, 'links');
    await page.locator('input[name=destination]').fill('https://');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
  },
  async 'link-unscanned'(page, { base }) {
    await visit(page, base, 'links');
    await createLink(page, 'example.com/menu');
    await page.getByText('No scans yet.').waitFor();
  },
  async 'design'(page, { base }) {
    const link = await makeLink(base, 'https://example.com/look', { name: 'Summer menu' });
    const look = {
      dotsOptions: {
        type: 'DOTS_TYPE_CLASSY_ROUNDED',
        themeColor: { type: 'THEME_COLOR_TYPE_LINEAR', colors: ['#12307c', '#0b5c4c'], direction: '135deg' },
      },
      cornersSquareOptions: { type: 'CORNERS_SQUARE_TYPE_EXTRA_ROUNDED', themeColor: { colors: ['#12307c'] } },
      cornersDotOptions: { type: 'CORNERS_DOT_TYPE_DOT', themeColor: { colors: ['#0b5c4c'] } },
      errorCorrectionLevel: 'H',
      centralImageMargin: 6,
      centralImageData: Buffer.from(LOGO).toString('base64'),
    };
    await ask(base, 'PATCH', `/v1/qrcode-designs/${link.qrcodeDesignId}`, look);
    await visit(page, base, `links/${link.id}/design`);
    await page.getByText('It scans.', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Use the look Berry' }).waitFor();
  },
  async 'design-refused'(page) {
    await page.getByLabel('Ground: colour 1 as text').fill('#3c4a78');
    await page.getByText('It would not scan.').waitFor();
  },
  async 'link-scanned-once'(page, { base }) {
    const link = await makeLink(base, 'https://example.com/spring');
    await visit(page, base, `links/${link.id}`);
    await page.locator('.feed.live').waitFor();
    await open(link.xQrEntrypoint);
    await page.getByText('There it is.').waitFor();
    await page.locator('[data-scan]').waitFor();
    await settled(page);
  },

  async 'link-addresses-and-history'(page, { base }) {
    const link = await makeLink(base, 'https://example.com/menu', { name: 'Menu', shortlink: 'our-menu' });
    const slugs = `/v1/x/links/${link.id}/slugs`;
    await ask(base, 'POST', slugs, { shortlink: 'station', placement: 'Poster at the station' });
    const { slug } = await ask(base, 'POST', slugs, { shortlink: 'flyer-2025', placement: 'Flyer of last year' });
    await ask(base, 'PATCH', `${slugs}/${slug.id}`, { live: false });
    await ask(base, 'PATCH', `/v1/links/${link.id}`, { name: 'Menu of today', tags: ['print', 'garden'] });
    await visit(page, base, `links/${link.id}`);
    await page.getByText('Poster at the station').first().waitFor();
    await page.getByText('History', { exact: true }).click();
    await page.locator('li[data-action="created"]').waitFor();
    await page.getByRole('button', { name: 'Add an address' }).click();
    await settled(page);
  },
  async 'links-selected'(page, { base }) {
    await visit(page, base, 'links');
    await page.getByLabel('Select Menu of today').click();
    await page.getByText('1 link selected').waitFor();
  },
  async 'links-import'(page, { base }) {
    await visit(page, base, 'links');
    await page.getByRole('button', { name: 'Import from a file' }).click();
    const table =
      'url;title;slug;folder;clicks\nhttps://example.com/a;First;imp-a;Summer;7\nnonsense;Second;;;\n' +
      'https://example.com/c;Third;our-menu;;\nhttps://example.com/d;Fourth;;;\n';
    const buffer = Buffer.from(table);
    await dialog(page).locator('input[type=file]').setInputFiles({ name: 'codes.csv', mimeType: 'text/csv', buffer });
    await dialog(page).getByText('2 rows cannot be made.').waitFor();
  },

  async 'tokens-chosen'(page, { base }) {
    await section(page, base, 'tokens');
    await page.getByLabel('Only what is chosen').check();
    await page.getByLabel('Read everything').waitFor();
  },
  async 'token-made'(page, { base }) {
    await section(page, base, 'tokens');
    await page.getByRole('textbox', { name: 'Name' }).fill('Till');
    await page.getByRole('button', { name: 'Create the token' }).click();
    await dialog(page).waitFor();
  },
  async 'token-renamed'(page, { base }) {
    await section(page, base, 'tokens');
    await page.getByRole('button', { name: /^Rename / }).first().click();
  },
  async 'token-deleted'(page, { base }) {
    await section(page, base, 'tokens');
    await page.getByRole('button', { name: /^Delete / }).first().click();
  },
  async 'webhook-made'(page, { base }) {
    await section(page, base, 'webhooks');
    await page.getByLabel('Name', { exact: true }).fill('Till');
    await page.getByLabel('Address', { exact: true }).fill('https://till.invalid/hooks');
    await page.getByRole('group', { name: 'It is told of' }).getByText('Leads').click();
    await page.getByRole('button', { name: 'Create the webhook' }).click();
    await dialog(page).waitFor();
  },
  async 'export-columns'(page, { base }) {
    await section(page, base, 'exports');
    await page.locator('summary', { hasText: 'Columns' }).click();
    await page.getByText('userAgent', { exact: true }).waitFor();
  },
  async 'export-made'(page, { base }) {
    await section(page, base, 'exports');
    await page.getByRole('button', { name: 'Make the file' }).click();
    await page.getByRole('link', { name: /^Download scans-/ }).first().waitFor();
  },
  async 'webhook-failing'(page, { base }) {
    const { webhooks } = await ask(base, 'GET', '/v1/webhooks');
    await ask(base, 'POST', `/v1/x/webhooks/${webhooks[0].id}/test`);
    await section(page, base, 'webhooks');
    await page.getByText('Failing', { exact: true }).waitFor();
  },
  async 'webhook-log'(page, { base }) {
    await section(page, base, 'webhooks');
    await page.getByRole('button', { name: 'Log of Till' }).click();
    await dialog(page).getByRole('button', { name: /Test/ }).click();
    await dialog(page).getByText('"type": "webhook.test"').waitFor();
  },
  async 'webhook-changed'(page, { base }) {
    await section(page, base, 'webhooks');
    await page.getByRole('button', { name: 'Change Till' }).click();
    await dialog(page).getByLabel('Name', { exact: true }).waitFor();
  },
  async 'member-invited'(page, { base }) {
    await section(page, base, 'members');
    await page.getByLabel('Their e-mail').fill('guest@example.com');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByLabel('Link for guest@example.com').waitFor();
    await page.getByText('Waiting to join').waitFor();
  },
  async 'member-reset'(page, { base }) {
    const url = await invite(base, COLLEAGUE.email, 'ROLE_VIEWER');
    const token = new URL(url).searchParams.get('token');
    await ask(base, 'POST', '/v1/x/join', { token, password: COLLEAGUE.password });
    await section(page, base, 'members');
    await page.getByRole('button', { name: `Reset password of ${COLLEAGUE.email}` }).click();
    await dialog(page).waitFor();
  },
  async 'member-removed'(page, { base }) {
    await section(page, base, 'members');
    await page.getByRole('button', { name: `Remove ${COLLEAGUE.email}` }).click();
    await dialog(page).waitFor();
  },
  async 'unsaved'(page, { base }) {
    await section(page, base, 'account');
    await page.getByLabel('First name').fill('Ada');
    await page.getByRole('link', { name: 'Links', exact: true }).click();
    await dialog(page).waitFor();
  },
  async zones(page, { base }) {
    await section(page, base, 'workspace');
    await page.getByLabel('Time zone').click();
    await page.getByLabel('Time zone').fill('ber');
    await page.getByRole('option').first().waitFor();
  },
  async 'networks-refused'(page, { base }) {
    await section(page, base, 'workspace');
    const networks = page.getByLabel('Addresses and networks');
    await networks.fill('192.0.2.1\nnot a network');
    await page.locator('form', { has: networks }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('Line 2:').waitFor();
  },
  async 'workspace-new'(page, { base }) {
    await section(page, base, 'workspace');
    await page.getByRole('button', { name: 'New workspace' }).click();
    await dialog(page).waitFor();
  },
  async 'workspace-made'(page, { base }) {
    await section(page, base, 'workspace');
    await page.getByRole('button', { name: 'New workspace' }).click();
    await dialog(page).getByLabel('Name').fill('Second house');
    await dialog(page).getByRole('button', { name: 'Create the workspace' }).click();
    await dialog(page).getByLabel('Its API token').waitFor();
  },
  async 'address-warned'(page, { base }) {
    const link = (await ask(base, 'GET', '/v1/links')).links[0];
    await page.goto(`${base}/app/links/${link.id}`);
    const [taken] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'SVG', exact: true }).click(),
    ]);
    await taken.delete();
    await section(page, base, 'address');
    await page.getByLabel('Base address').fill('https://qr.example.com');
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog(page).waitFor();
  },

  async 'workflow-canvas'(page, { base }) {
    await workflow(page, base, 'canvas');
  },
  async 'workflow-list'(page, { base }) {
    await workflow(page, base, 'list');
  },
  async 'workflow-form'(page, { base }) {
    await workflow(page, base, 'list');
    await stepOf(page, 'Stay in touch').locator('.head').click();
    await page.frameLocator('iframe').getByText('Favourite dish').first().waitFor();
  },
  async 'workflow-rules'(page, { base }) {
    await workflow(page, base, 'list');
    await stepOf(page, 'Which rule holds?').locator('.head').click();
    await page.getByRole('heading', { name: 'Where it goes on' }).waitFor();
  },
  async 'workflow-add'(page, { base }) {
    await workflow(page, base, 'list');
    await page.getByRole('button', { name: /^Add a step here/ }).first().click();
    await dialog(page).waitFor();
  },
  async 'workflow-move'(page, { base }) {
    await workflow(page, base, 'list');
    await stepOf(page, 'Stay in touch').locator('.head').click();
    await page.getByRole('button', { name: 'Move to…', exact: true }).click();
    await page.getByRole('dialog', { name: /^Move/ }).waitFor();
  },
  async 'workflow-examples'(page, { base }) {
    await workflow(page, base, 'canvas');
    await page.getByRole('button', { name: 'Examples' }).click();
    await dialog(page).waitFor();
  },
  async 'workflow-try'(page, { base }) {
    await workflow(page, base, 'canvas');
    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByRole('textbox', { name: 'City' }).fill('Berlin');
    await page.getByLabel('Date and time').fill('2026-07-01T12:30');
    await page.locator('form').getByRole('button', { name: 'Try it' }).click();
    await page.getByText('The end', { exact: true }).waitFor();
  },
  async 'workflow-history'(page, { base }) {
    await workflow(page, base, 'canvas');
    await page.getByRole('button', { name: 'History' }).click();
    await page.getByRole('button', { name: /^What changed/ }).first().click();
    await page.locator('.changes li').first().waitFor();
  },
  async 'workflow-fault'(page, { base }) {
    await workflow(page, base, 'list');
    await stepOf(page, 'corner-house.example/lunch').locator('.head').click();
    await page.getByRole('textbox', { name: 'Web address' }).fill('');
    await page.getByRole('alert').waitFor();
  },
  async 'workflow-refused'(page, { base }) {
    await workflow(page, base, 'canvas');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByRole('dialog', { name: 'Before it can be published' }).waitFor();
  },
  async 'workflow-discard'(page, { base }) {
    await workflow(page, base, 'canvas');
    await page.getByRole('button', { name: 'Discard the draft' }).click();
    await dialog(page).waitFor();
  },
  async 'link-workflow'(page, { base }) {
    await visit(page, base, `links/${(await richLink(base)).id}`);
    await page.getByRole('link', { name: 'Open the workflow' }).waitFor();
  },

  async 'leads-empty'(page, { base }) {
    await visit(page, base, 'leads');
    await page.getByRole('heading', { name: 'Nobody has left anything yet' }).waitFor();
  },
};
