import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createHmac } from 'node:crypto';
import { after, test } from 'node:test';
import { ask, makeLink } from '../api.js';
import { visit } from '../browser.js';
import { open } from '../phone.js';
import { UNATTENDED, until } from '../quietzone.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

/** The program at the other end: it remembers what it was sent and answers as it is told. */
const received = [];
let status = 204;
const endpoint = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    received.push({ headers: request.headers, body });
    response.writeHead(status).end();
  });
});
let url;
let link;
const stage = setStage({
  environment: { ...UNATTENDED, QUIETZONE_WEBHOOKS_ALLOW_NETWORKS: '127.0.0.1' },
  async prepare({ base }) {
    await new Promise((listening) => endpoint.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${endpoint.address().port}/hooks`;
    link = await makeLink(base, 'http://127.0.0.2:9/', { name: 'Door' });
  },
});
after(() => endpoint.close());

let secret;
const dialog = () => stage.page.getByRole('dialog');
const button = (name) => stage.page.getByRole('button', { name, exact: true });

test('a webhook is made, and its secret is shown once', async () => {
  const { page, base } = stage;
  await visit(page, base, 'settings/webhooks');
  await page.getByText('No program is told of anything yet.').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Till');
  await page.getByLabel('Address', { exact: true }).fill('http://10.0.0.1/');
  await button('Create the webhook').click();
  await page.getByText('10.0.0.1 is private and is not sent to').waitFor();
  await page.getByLabel('Address', { exact: true }).fill(url);
  await button('Create the webhook').click();
  secret = await dialog().getByLabel('Signing secret').inputValue();
  assert.match(secret, /^whsec_.{44}$/);
  await dialog().getByRole('button', { name: 'Copy the secret' }).click();
  await dialog().getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  await dialog().getByRole('button', { name: 'Done' }).click();
  await page.getByText('Till', { exact: true }).waitFor();
  await page.reload();
  await page.getByText('Till', { exact: true }).waitFor();
  assert.ok(!(await page.content()).includes('whsec_'));
});

test('a test reaches it, signed', async () => {
  const { page } = stage;
  await button('Send a test to Till').click();
  await page.getByText('Till took the test.').waitFor();
  const { headers, body } = received.at(-1);
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const signed = createHmac('sha256', key).update(content).digest('base64');
  assert.equal(headers['webhook-signature'], `v1,${signed}`);
  assert.equal(JSON.parse(body).type, 'webhook.test');
});

test('a scan is told, and stands in the log with its body', async () => {
  const { page } = stage;
  await open(link.xQrEntrypoint);
  await until(() => received.some(({ body }) => JSON.parse(body).type === 'scan'));
  await button('Log of Till').click();
  const line = dialog().getByRole('button', { name: /Scan/ });
  await line.waitFor();
  await line.click();
  await dialog().getByText('"type": "scan"').waitFor();
  await dialog().getByText('204 No Content').waitFor();
});

test('what failed is sent again by hand, the same', async () => {
  const before = received.length;
  status = 500;
  await dialog().getByRole('button', { name: 'Send again' }).click();
  await dialog().getByText('It was not taken: the endpoint answered 500.').waitFor();
  status = 204;
  await dialog().getByRole('button', { name: 'Send again' }).click();
  await dialog().getByText('It was taken.').waitFor();
  const [first, second] = received.slice(before);
  assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
  assert.equal(first.body, second.body);
  await dialog().getByRole('button', { name: 'Done' }).click();
});

test('paused, it hears nothing until it is resumed', async () => {
  const { page, base } = stage;
  await button('Pause Till').click();
  await page.getByText('Till is told of nothing until it is resumed.').waitFor();
  await page.getByText('Paused', { exact: true }).waitFor();
  assert.equal((await ask(base, 'GET', '/v1/webhooks')).webhooks[0].status, 'WEBHOOK_STATUS_PAUSED');
  await button('Resume Till').click();
  await page.getByText('Active', { exact: true }).waitFor();
});

test('it is told of something else, of one link', async () => {
  const { page, base } = stage;
  await button('Change Till').click();
  await dialog().getByText('Links changed').click();
  await dialog().getByLabel('Links', { exact: true }).selectOption('Door');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await page.getByText('Scans, Links changed · only one link').waitFor();
  const [hook] = (await ask(base, 'GET', '/v1/webhooks')).webhooks;
  assert.deepEqual([hook.xEvents, hook.linkId], [['scan', 'link.updated'], link.id]);
});

test('it gets another secret, and is deleted', async () => {
  const { page, base } = stage;
  await button('A new secret for Till').click();
  await dialog().getByRole('button', { name: 'New secret' }).click();
  const next = await page.getByRole('dialog', { name: 'Till has another secret' }).getByLabel('Signing secret').inputValue();
  assert.match(next, /^whsec_/);
  assert.notEqual(next, secret);
  await dialog().getByRole('button', { name: 'Done' }).click();
  await button('Delete Till').click();
  await dialog().getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Till was deleted.').waitFor();
  assert.equal((await ask(base, 'GET', '/v1/webhooks')).totalCount, 0);
});

test('whoever is to be told of leads by e-mail stands beside the link', async () => {
  const { page, base } = stage;
  await visit(page, base, `links/${link.id}`);
  await button('Change who is told of new leads by e-mail').click();
  const field = page.getByLabel('Tell of new leads by e-mail');
  await field.fill('nobody');
  await page.keyboard.press('Enter');
  await page.getByText('"nobody" is not an e-mail address').waitFor();
  await field.fill('owner@example.com, till@example.com');
  await page.keyboard.press('Enter');
  await page.getByText('owner@example.com, till@example.com').waitFor();
  await page.getByText(/this server has no mail server/).waitFor();
  const { link: read } = await ask(base, 'GET', `/v1/links/${link.id}`);
  assert.deepEqual(read.xLeadEmails, ['owner@example.com', 'till@example.com']);
});

endsWithoutComplaint(stage);
