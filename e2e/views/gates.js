// The pages before the dashboard, and those that a visitor meets: each seen by somebody who is not signed in.
import { ask, invite, makeLink } from '../api.js';
import { settled } from '../browser.js';
import { OWNER } from '../quietzone.js';
import { COLLEAGUE } from './own.js';

async function gate(page, address, heading) {
  await page.goto(address);
  await page.getByRole('heading', { name: heading }).waitFor();
  await settled(page);
}

/** `base` is a server in use, `fresh` one that nobody has set up, `demo` one with a demo that nobody has set up. */
export const GATE_VIEWS = {
  'sign-in': (page, { base }) => gate(page, `${base}/app/`, 'Sign in'),
  async 'sign-in-refused'(page, { base }) {
    await gate(page, `${base}/app/`, 'Sign in');
    await page.getByLabel('E-mail').fill(OWNER.email);
    await page.getByLabel('Password').fill('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
  },
  'set-up': (page, { fresh }) => gate(page, fresh, 'Set up Quietzone'),
  async 'set-up-zones'(page, { fresh }) {
    await gate(page, fresh, 'Set up Quietzone');
    await page.getByLabel('Time zone').click();
    await page.getByRole('option').first().waitFor();
  },
  'set-up-demo': (page, { demo }) => gate(page, demo, 'Set up Quietzone'),
  'set-up-ended': (page, { base }) => gate(page, `${base}/app/setup?token=used`, 'This set-up link has ended'),
  async join(page, { base }) {
    await gate(page, await invite(base, `new-${Date.now()}@example.com`, 'ROLE_TECH'), /^Join /);
  },
  async 'join-with-account'(page, { base }) {
    const made = await ask(base, 'POST', '/v1/x/workspaces', { name: 'Third house' });
    const url = await invite(base, COLLEAGUE.email, 'ROLE_ADMIN', made.accessToken);
    await gate(page, url, 'Join Third house');
    await page.getByText('You have an account here already').waitFor();
  },
  'join-ended': (page, { base }) => gate(page, `${base}/app/join?token=used`, 'This invitation has ended'),
  async reset(page, { base }) {
    const { members } = await ask(base, 'GET', '/v1/members');
    const { id } = members.find(({ email }) => email === COLLEAGUE.email);
    const { url } = await ask(base, 'POST', `/v1/x/members/${id}/password-reset`);
    await gate(page, url, 'Choose a new password');
    await page.getByText(`For ${COLLEAGUE.email}`).waitFor();
  },
  'reset-ended': (page, { base }) => gate(page, `${base}/app/reset?token=used`, 'This link has ended'),
  async unreachable(page, { base }) {
    await page.route('**/v1/x/session', (route) => route.abort());
    await gate(page, `${base}/app/`, 'Quietzone does not answer');
    await page.unroute('**/v1/x/session');
  },

  async 'code-ended'(page, { base }) {
    const link = await makeLink(base, 'https://example.com/over');
    await ask(base, 'DELETE', `/v1/links/${link.id}`);
    await page.goto(link.entrypoint);
    await page.locator('h1').waitFor();
  },
  async 'code-unknown'(page, { base }) {
    await page.goto(`${base}/no-such-code`);
    await page.locator('h1').waitFor();
  },
  async 'do-not-count'(page, { base }) {
    await page.goto(`${base}/x/do-not-count`);
    await page.locator('h1').waitFor();
  },
};
