import { expect, it } from 'vitest';
import type { Link } from '../api/words';
import { fixedEntries, offered } from './entries';

const overview = new URL('http://qz.test/app/?range=7d&country=DE');
const fixed = fixedEntries({ page: 'overview' }, overview, 'system');
const link = { id: '7', name: 'Summer menu', entrypoint: 'https://qz.test/summer' } as Link;
const deedOf = (id: string, of = fixed) => of.find((entry) => entry.id === id)?.deed;

it('has each entry once, and its groups in one piece each', () => {
  expect(new Set(fixed.map(({ id }) => id)).size).toBe(fixed.length);
  const groups = fixed.map(({ group }) => group);
  expect(groups.filter((group, index) => group !== groups[index - 1])).toEqual(['pages', 'view', 'rest']);
});

it('changes one thing of the view and keeps the others', () => {
  expect(deedOf('range-90d')).toEqual({ open: '/app/?range=90d&country=DE' });
  expect(deedOf('counting-all')).toEqual({ open: '/app/?range=7d&verdict=all&country=DE' });
  expect(fixed.filter(({ chosen }) => chosen).map(({ id }) => id)).toEqual([
    'range-7d',
    'counting-human',
    'theme-system',
  ]);
});

it('stays on the page of a link, and goes to the overview from pages without scans', () => {
  const onLink = fixedEntries({ page: 'link', id: '7' }, new URL('http://qz.test/app/links/7'), 'dark');
  expect(deedOf('range-today', onLink)).toEqual({ open: '/app/links/7?range=today' });
  const onLinks = fixedEntries({ page: 'links' }, new URL('http://qz.test/app/links?q=menu'), 'dark');
  expect(deedOf('range-today', onLinks)).toEqual({ open: '/app/?range=today' });
});

it('offers known links first before anything is typed, and found ones last afterwards', () => {
  expect(
    offered('', [link], fixed)
      .map(({ id }) => id)
      .slice(0, 2),
  ).toEqual(['link-7', 'overview']);
  expect(offered('links', [link], fixed).map(({ id }) => id)).toEqual(['links', 'import', 'link-7']);
});

it('keeps each group in one piece, whatever was typed', () => {
  for (const typed of [...'abcdefghijklmnopqrstuvwxyz', 'set', 'co', 'al']) {
    const groups = offered(typed, [link], fixed).map(({ group }) => group);
    const pieces = groups.filter((group, index) => group !== groups[index - 1]);
    expect(pieces, typed).toEqual([...new Set(groups)]);
  }
});

it('makes a link from an address', () => {
  expect(offered('example.com/menu', [], fixed)).toMatchObject([
    { id: 'create', deed: { create: 'https://example.com/menu' } },
  ]);
  expect(offered('summer menu', [], fixed)).toEqual([]);
});
