import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLink } from '../api.js';
import { createLink, signIn, visit } from '../browser.js';
import { endsWithoutComplaint, setStage } from '../stage.js';

const GUEST = { email: 'guest@example.com', password: 'a guest in the house' };
const stage = setStage({ prepare: ({ base }) => makeLink(base, 'https://example.com/') });
let guest;
let invitation;

async function members(page) {
  await visit(page, stage.base, 'settings/members');
}

test('an invitation is a link, and whoever opens it joins', async () => {
  const { page, browser } = stage;
  await members(page);
  await page.getByLabel('Their e-mail').fill(GUEST.email);
  await page.getByLabel('Viewer').check();
  await page.getByRole('button', { name: 'Make the link' }).click();
  invitation = await page.getByLabel(`Link for ${GUEST.email}`).inputValue();
  await page.getByText('Waiting to join').waitFor();

  guest = await browser.person();
  await guest.goto(invitation);
  await guest.getByText(`You are invited as ${GUEST.email}, with the role Viewer.`).waitFor();
  await guest.getByLabel('First name').fill('Grete');
  await guest.getByLabel('Password').fill(GUEST.password);
  await guest.getByRole('button', { name: 'Join' }).click();
  await guest.getByRole('heading', { name: 'Overview' }).waitFor();

  await members(page);
  await page.getByRole('listitem').filter({ hasText: 'Grete' }).waitFor();
  assert.equal(await page.getByText('Waiting to join').count(), 0);
});

test('an invitation works once', async () => {
  const late = await stage.browser.person();
  await late.goto(invitation);
  await late.getByRole('heading', { name: 'This invitation has ended' }).waitFor();
});

test('a viewer sees links and numbers, and changes neither', async () => {
  await visit(guest, stage.base, 'links');
  const field = guest.locator('input[name=destination]');
  if ((await field.count()) > 0) {
    await field.fill('example.com/mine');
    await guest.keyboard.press('Enter');
    await guest.getByRole('alert').waitFor();
  }
  assert.equal(await guest.locator('a.row').count(), 1);
  await visit(guest, stage.base, 'settings/tokens');
  await guest.getByText('API tokens are managed by the admins of this workspace. Your role is Viewer.').waitFor();
  await members(guest);
  await guest.getByText('Members are managed by the admins of this workspace. Your role is Viewer.').waitFor();
  await visit(guest, stage.base, 'settings/workspace');
  await guest.getByText('Only an admin of the workspace can change this.').waitFor();
  assert.equal(await guest.getByRole('textbox', { name: 'Name', exact: true }).isDisabled(), true);
});

test('with a greater role the same person makes links', async () => {
  const { page } = stage;
  await members(page);
  await page.getByLabel('Role of Grete').selectOption('Tech');
  await page.getByText('Grete is Tech now.').waitFor();
  await visit(guest, stage.base, 'links');
  await createLink(guest, 'example.com/mine');
});

test('a forgotten password is reset by a link that works once', async () => {
  const { page, browser } = stage;
  await members(page);
  await page.getByRole('button', { name: 'Reset password of Grete' }).click();
  const link = await page.getByLabel('Link to choose a new password').inputValue();
  await page.getByRole('button', { name: 'Done' }).click();

  const elsewhere = await browser.person();
  await elsewhere.goto(link);
  await elsewhere.getByText(`For ${GUEST.email}.`).waitFor();
  await elsewhere.getByLabel('New password').fill('another guest in the house');
  await elsewhere.getByRole('button', { name: 'Save and sign in' }).click();
  await elsewhere.getByRole('heading', { name: 'Overview' }).waitFor();
  // The sessions of before have ended.
  await guest.reload();
  await guest.getByRole('heading', { name: 'Sign in' }).waitFor();
  await elsewhere.goto(link);
  await elsewhere.getByRole('heading', { name: 'This link has ended' }).waitFor();
  await signIn(guest, stage.base, { ...GUEST, password: 'another guest in the house' });
});

test('a revoked invitation opens nothing, and a removed member is out', async () => {
  const { page, browser } = stage;
  await members(page);
  await page.getByLabel('Their e-mail').fill('second@example.com');
  await page.getByRole('button', { name: 'Make the link' }).click();
  const link = await page.getByLabel('Link for second@example.com').inputValue();
  await page.getByRole('button', { name: 'Revoke the invitation of second@example.com' }).click();
  await page.getByText('The link for second@example.com no longer works.').waitFor();
  const second = await browser.person();
  await second.goto(link);
  await second.getByRole('heading', { name: 'This invitation has ended' }).waitFor();

  await page.getByRole('button', { name: 'Remove Grete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('Grete can no longer open this workspace.').waitFor();
  await guest.reload();
  await guest.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('the last admin stays admin', async () => {
  const { page } = stage;
  await members(page);
  assert.equal(await page.getByLabel('Role of owner@example.com').isDisabled(), true);
  await page.getByText('The last admin stays admin').waitFor();
});

endsWithoutComplaint(stage);
