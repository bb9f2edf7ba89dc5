// Where the stories of one file play: a server of their own, and a browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, signIn } from './browser.js';
import { demoIsFull, startQuietzone, UNATTENDED } from './quietzone.js';

/**
 * Before the first story the server is there, with `signedIn` the owner is in (at `stage.page`, on `stage.base`), and
 * `prepare` is done.
 */
export function setStage({ environment = UNATTENDED, signedIn = true, look = {}, prepare } = {}) {
  const stage = {};
  before(async () => {
    stage.server = await startQuietzone(environment);
    stage.base = stage.server.base;
    stage.browser = await openBrowser(look);
    stage.page = stage.browser.page;
    if (environment.QUIETZONE_API_TOKEN && environment.QUIETZONE_DEMO) await demoIsFull(stage.server);
    if (signedIn) await signIn(stage.page, stage.base);
    await prepare?.(stage);
  });
  after(async () => {
    await stage.browser?.close();
    await stage.server?.stop();
  });
  return stage;
}

/** The last story of a file: nothing failed unseen. `except` is what the stories themselves provoke. */
export function endsWithoutComplaint(stage, except = /^$/) {
  test('the pages made no complaint', () => {
    assert.deepEqual(
      stage.browser.complaints.filter((text) => !except.test(text)),
      [],
    );
  });
}
