import { describe, expect, it } from 'vitest';
import { parseView, viewSearch, type View } from './view';

describe('the view in the address', () => {
  it('is the usual one without a query string', () => {
    expect(parseView(new URLSearchParams())).toEqual({ counting: 'human' });
    expect(viewSearch({ counting: 'human' })).toBe('');
  });
  it('comes back from its query string', () => {
    const view: View = { counting: 'all' };
    expect(parseView(new URLSearchParams(viewSearch(view)))).toEqual(view);
  });
});
