// Looks for what WCAG 2.2 forbids at level A and AA, and for what the makers of axe hold to be good practice.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What is wrong with the page as it stands, a line each; none is the aim. */
export async function violations(page) {
  await page.evaluate(source);
  const found = await page.evaluate(async (tags) => {
    const result = await window.axe.run(document, { runOnly: { type: 'tag', values: tags } });
    return result.violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`),
    }));
  }, TAGS);
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node}`));
}
