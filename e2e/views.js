// Every page and state of the product, and how one gets there: what the axe story checks and the gallery shows.
import { openBrowser, signIn } from './browser.js';
import { demoIsFull, startQuietzone, UNATTENDED } from './quietzone.js';
import { DEMO_VIEWS } from './views/demo.js';
import { GATE_VIEWS } from './views/gates.js';
import { OWN_VIEWS } from './views/own.js';

export const VIEWS = { demo: DEMO_VIEWS, own: OWN_VIEWS, gates: GATE_VIEWS };
export const COLOURS = ['light', 'dark'];

/** The line of a first start that nobody attends. */
const SET_UP_LINK = /http:\/\/\S+\/app\/setup\?token=[^\s"]+/;

/**
 * The servers that the views are of, and one person for each kind of view. Nothing moves that need not: what is looked
 * at stands still.
 */
export async function openViews(viewport) {
  const servers = await Promise.all([
    startQuietzone({ ...UNATTENDED, QUIETZONE_DEMO: 'true' }),
    startQuietzone(UNATTENDED),
    startQuietzone({}),
    startQuietzone({ QUIETZONE_DEMO: 'true' }),
  ]);
  const [demo, own, fresh, freshDemo] = servers;
  const browser = await openBrowser({ viewport, reducedMotion: 'reduce' });
  const people = {
    demo: browser.page,
    own: await browser.person(),
    // Pages for visitors run no script, ours neither.
    gates: await browser.person({ bypassCSP: true }),
  };
  await signIn(people.demo, demo.base);
  await signIn(people.own, own.base);
  await demoIsFull(demo);
  const [[setUp], [setUpDemo]] = await Promise.all([fresh.line(SET_UP_LINK), freshDemo.line(SET_UP_LINK)]);
  const places = {
    demo: { base: demo.base },
    own: { base: own.base },
    gates: { base: own.base, fresh: setUp, demo: setUpDemo },
  };

  return {
    /** Goes to a view and answers the page that shows it. */
    async show(kind, name) {
      await VIEWS[kind][name](people[kind], places[kind]);
      return people[kind];
    },
    complaints: browser.complaints,
    async close() {
      await browser.close();
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** Shows the page in these colours, as a device that prefers them does. */
export async function colour(page, colorScheme) {
  await page.emulateMedia({ colorScheme });
  // A chart is drawn anew by hand.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}
