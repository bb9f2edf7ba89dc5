import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from '../axe.js';
import { COLOURS, VIEWS, colour, openViews } from '../views.js';

let views;
before(async () => (views = await openViews()));
after(() => views?.close());

for (const kind of Object.keys(VIEWS)) {
  for (const name of Object.keys(VIEWS[kind])) {
    test(`${kind}: ${name}`, async () => {
      const page = await views.show(kind, name);
      for (const scheme of COLOURS) {
        await colour(page, scheme);
        assert.deepEqual(await violations(page), [], scheme);
      }
      await colour(page, null);
    });
  }
}

test('the pages made no complaint', () => {
  // The page of a server that does not answer is shown by keeping it from answering.
  const unprovoked = views.complaints.filter((text) => !/net::ERR_FAILED/.test(text));
  assert.deepEqual(unprovoked, []);
});
