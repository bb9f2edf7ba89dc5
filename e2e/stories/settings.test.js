import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { figureIs, visit } from '../browser.js';
import { open } from '../phone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

let link;
const stage = setStage({
  async prepare({ base }) {
    // Nobody answers there: what is of interest is the way to it.
    link = await makeLink(base, 'http://127.0.0.2:9/', { name: 'Door' });
  },
});

const group = (page, title) =>
  page.locator('section', { has: page.getByRole('heading', { name: title, level: 2 }) });

async function save(page, title) {
  await group(page, title).getByRole('button', { name: 'Save' }).click();
  await group(page, title).getByText('Saved.').waitFor();
}

test('the workspace gets another name and zone, and the whole dashboard says so', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/workspace');
  await page.getByLabel('Name', { exact: true }).fill('Café Aurora');
  const zone = page.getByLabel('Time zone');
  await zone.fill('nowhere');
  await page.getByText('No zone is called that.').waitFor();
  await zone.fill('auck');
  await page.getByRole('option', { name: /Auckland/ }).waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await zone.inputValue(), 'Pacific/Auckland');
  await save(page, 'Name and time zone');
  await page.getByRole('button', { name: 'Menu of Café Aurora' }).waitFor();

  const { name, timezone } = await ask(base, 'GET', '/v1/workspace');
  assert.deepEqual([name, timezone], ['Café Aurora', 'Pacific/Auckland']);
  await open(link.xQrEntrypoint);
  await visit(page, base);
  await page.getByText('Times are those of Pacific/Auckland.').waitFor();
});

test('what is typed and not saved is not left behind unasked', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/workspace');
  await page.getByLabel('Name', { exact: true }).fill('Something else');
  await page.getByRole('link', { name: 'Members' }).click();
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
  await dialog.getByRole('button', { name: 'Stay' }).click();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Something else');
  await page.getByRole('link', { name: 'Members' }).click();
  await dialog.getByRole('button', { name: 'Leave' }).click();
  await page.getByRole('heading', { name: 'Members', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Menu of Café Aurora' }).waitFor();
});

test('a browser that is not to be counted is kept apart, until it is counted again', async () => {
  const { page, base } = stage;
  const scan = async () => {
    const tab = await page.context().newPage();
    await tab.goto(link.entrypoint).catch(() => {});
    await tab.close();
  };
  await visit(page, base, 'settings/workspace');
  const me = page.getByRole('switch', { name: 'Leave out the scans of this browser' });
  await me.check();
  await page.getByText('Scans of this browser are no longer counted.').waitFor();
  await scan();
  await visit(page, base, `links/${link.id}?verdict=all`);
  await page.locator('[data-scan]', { hasText: 'A browser not to be counted' }).waitFor();
  await visit(page, base, `links/${link.id}`);
  await figureIs(page, 'scans', 1);

  await visit(page, base, 'settings/workspace');
  assert.equal(await me.isChecked(), true);
  await me.uncheck();
  await page.getByText('Scans of this browser are counted again.').waitFor();
});

test('scans from the team’s networks are kept apart', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/workspace');
  const networks = page.getByLabel('Addresses and networks');
  await networks.fill('198.51.100.0/24\nthe office');
  await group(page, 'Team networks').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Line 2: “the office” is no address or network.').waitFor();
  await networks.fill('198.51.100.0/24\n127.0.0.1');
  await save(page, 'Team networks');
  await open(link.xQrEntrypoint);
  await visit(page, base, `links/${link.id}?verdict=all`);
  await page.locator('[data-scan]', { hasText: /Your team.s network/ }).waitFor();
});

test('what is counted at first is the workspace’s to say', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/workspace');
  await group(page, 'What is counted').getByLabel('Everything').check();
  await save(page, 'What is counted');
  assert.equal((await ask(base, 'GET', '/v1/workspace')).xCounting, 'all');
});

test('places and the system tell how the installation fares', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/places');
  await page.getByText(/quietzone geo install FILE/).waitFor();
  await visit(page, base, 'settings/system');
  await page.getByRole('heading', { name: 'All is well' }).waitFor();
  await page.getByText('Every scan since this start was recorded.').waitFor();
  await page.getByRole('row', { name: /Scan store/ }).waitFor();
});

endsWithoutComplaint(stage);
