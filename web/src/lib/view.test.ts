import { describe, expect, it } from 'vitest';
import { parseView, viewSearch, type View } from './view';

const usual: View = { range: '30d', counting: 'human', filters: [], compared: 'before' };

describe('the view in the address', () => {
  it('is the usual one without a query string', () => {
    expect(parseView(new URLSearchParams())).toEqual(usual);
    expect(viewSearch(usual)).toBe('');
    expect(viewSearch({})).toBe('');
  });
  it.each<View>([
    { ...usual, counting: 'all' },
    { ...usual, range: '2026-01-01..2026-01-31' },
    {
      range: 'all',
      counting: 'all',
      compared: 'year',
      filters: [
        { dimension: 'city', value: 'Zürich & more' },
        { dimension: 'referrer', value: '' },
        { dimension: 'verdict', value: 'bot' },
      ],
    },
  ])('comes back from its query string', (view) =>
    expect(parseView(new URLSearchParams(viewSearch(view)))).toEqual(view),
  );
  it('reads as one would write it', () =>
    expect(viewSearch({ range: '7d', filters: [{ dimension: 'country', value: 'DE' }] })).toBe(
      '?range=7d&country=DE',
    ));
});
