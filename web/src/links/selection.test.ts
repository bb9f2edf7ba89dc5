import { describe, expect, it } from 'vitest';
import { Selection } from './selection.svelte';

const SHOWN = ['a', 'b', 'c', 'd'];

describe('a selection of links', () => {
  it('takes in one by one, and a range with shift', () => {
    const selection = new Selection();
    selection.toggle('d', SHOWN);
    selection.toggle('b', SHOWN, true);
    expect([...selection.ids].sort()).toEqual(['b', 'c', 'd']);
    selection.toggle('c', SHOWN);
    expect(selection.has('c')).toBe(false);
    // The first press has no row before it.
    const fresh = new Selection();
    fresh.toggle('c', SHOWN, true);
    expect([...fresh.ids]).toEqual(['c']);
  });

  it('takes all that are shown, and none', () => {
    const selection = new Selection();
    selection.toggle('a', SHOWN);
    selection.toggleShown(SHOWN);
    expect(selection.ids.size).toBe(4);
    selection.everything = true;
    expect(selection.has('elsewhere')).toBe(true);
    selection.toggleShown(SHOWN);
    expect(selection.any).toBe(false);
    expect(selection.everything).toBe(false);
  });
});
