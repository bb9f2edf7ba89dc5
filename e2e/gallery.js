// Pictures of every page and state, to be looked at:
//
//   node e2e/gallery.js DIR [WIDTH...]      all widths and both colours; VIEWS=pattern picks some
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { COLOURS, VIEWS, colour, openViews } from './views.js';

const HEIGHTS = { 360: 780, 390: 844, 1440: 900, 2560: 1440 };
const [directory, ...asked] = process.argv.slice(2);
if (!directory) throw new Error('usage: node e2e/gallery.js DIR [WIDTH...]');
const widths = asked.length > 0 ? asked.map(Number) : [390, 1440, 2560];
const wanted = new RegExp(process.env.VIEWS ?? '');
await mkdir(directory, { recursive: true });

let failed = 0;
for (const width of widths) {
  const views = await openViews({ width, height: HEIGHTS[width] ?? 900 });
  for (const kind of Object.keys(VIEWS)) {
    for (const name of Object.keys(VIEWS[kind])) {
      if (!wanted.test(name)) continue;
      try {
        const page = await views.show(kind, name);
        for (const scheme of COLOURS) {
          await colour(page, scheme);
          // A dialog stands before the window, not before the whole page.
          const fullPage = (await page.locator('dialog[open], [popover]:popover-open').count()) === 0;
          await page.screenshot({ path: join(directory, `${name}-${width}-${scheme}.png`), fullPage });
        }
        await colour(page, null);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) console.log(`${name} at ${width}: ${wide} px wider than the window`);
      } catch (error) {
        failed += 1;
        console.log(`${kind}/${name} at ${width}: ${error.message.split('\n').slice(0, 4).join(' | ')}`);
      }
    }
  }
  for (const complaint of new Set(views.complaints)) console.log(`the page complained: ${complaint}`);
  await views.close();
}
process.exitCode = failed > 0 ? 1 : 0;
