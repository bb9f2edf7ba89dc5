import { describe, expect, it } from 'vitest';
import { isWhole, linksPath, parseLinkQuery, sorted, USUAL } from './query';

const parse = (path: string) => parseLinkQuery(new URL(path, 'http://quietzone.test').searchParams);

describe('which links the address asks for', () => {
  it('is all of them, the newest first, without a query string', () => {
    expect(parse('/app/links')).toEqual(USUAL);
    expect(linksPath({})).toBe('/app/links');
    expect(isWhole(USUAL)).toBe(true);
  });
  it.each([
    { search: 'menü & bar', tag: 'terrace' },
    { silent: 30, sort: 'last', ascending: true },
    { sort: 'scans' },
    { sort: 'created', ascending: true },
    { away: true, search: 'menu' },
    { trash: true },
  ] as const)('comes back: %j', (some) => {
    expect(parse(linksPath(some))).toEqual({ ...USUAL, ...some });
  });
  it('takes nonsense for the usual', () => {
    expect(parse('/app/links?sort=colour&silent=5')).toEqual(USUAL);
  });
});

describe('a column’s head', () => {
  it('sorts by its column as one wants it first, and turns the order when pressed again', () => {
    expect(sorted(USUAL, 'name')).toMatchObject({ sort: 'name', ascending: true });
    expect(sorted(USUAL, 'scans')).toMatchObject({ sort: 'scans', ascending: false });
    expect(sorted(sorted(USUAL, 'scans'), 'scans')).toMatchObject({ sort: 'scans', ascending: true });
    expect(sorted(USUAL, 'created')).toMatchObject({ sort: 'created', ascending: true });
  });
});
