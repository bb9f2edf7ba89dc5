import { describe, expect, it } from 'vitest';
import { type Filter, parseFilters, toggled, wireFilters } from './filter';

const read = (query: string) => parseFilters(new URLSearchParams(query));
const germany: Filter = { dimension: 'country', value: 'DE' };
const france: Filter = { dimension: 'country', value: 'FR' };

describe('the filters in the address', () => {
  it('are one parameter each, alternatives repeated', () =>
    expect(read('country=DE&city=S%C3%A3o+Paulo&country=FR')).toEqual([
      germany,
      france,
      { dimension: 'city', value: 'São Paulo' },
    ]));
  it('may ask for what is not known', () =>
    expect(read('referrer=')).toEqual([{ dimension: 'referrer', value: '' }]));
  it('are each there once', () => expect(read('country=DE&country=DE')).toEqual([germany]));
  it('leave alone what is none', () => expect(read('range=7d&planet=Mars&verdict=all')).toEqual([]));
  it('can be verdicts beside all', () =>
    expect(read('verdict=all&verdict=bot')).toEqual([{ dimension: 'verdict', value: 'bot' }]));
});

it('comes and goes with the same press', () => {
  expect(toggled([germany], france)).toEqual([germany, france]);
  expect(toggled([germany, france], { ...germany })).toEqual([france]);
});

it('is spelled for the API, colons and all', () =>
  expect(
    wireFilters([germany, { dimension: 'network', value: 'A: B' }, { dimension: 'referrer', value: '' }]),
  ).toEqual(['country:DE', 'network:A: B', 'referrer:']));
