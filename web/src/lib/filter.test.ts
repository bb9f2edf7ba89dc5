import { describe, expect, it } from 'vitest';
import {
  beyondPeople,
  type Filter,
  grouped,
  parseFilters,
  regrouped,
  textFilters,
  toggled,
  wireFilters,
  writeFilters,
} from './filter';

const read = (query: string) => parseFilters(new URLSearchParams(query));
const germany: Filter = { dimension: 'country', value: 'DE' };
const france: Filter = { dimension: 'country', value: 'FR' };
const villages: Filter = { dimension: 'city', test: 'contains', value: 'dorf' };

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
  it('leave alone what is none', () => expect(read('range=7d&planet=Mars&planet!=Mars&verdict=all')).toEqual([]));
  it('can be verdicts beside all', () =>
    expect(read('verdict=all&verdict=bot')).toEqual([{ dimension: 'verdict', value: 'bot' }]));
  it('say what is asked of the value', () =>
    expect(read('country!=DE&city~=dorf&tag!~=old&parameter:table~=7')).toEqual([
      { dimension: 'parameter:table', test: 'contains', value: '7' },
      { dimension: 'country', test: 'is_not', value: 'DE' },
      villages,
      { dimension: 'tag', test: 'contains_not', value: 'old' },
    ]));
  it('come back as they were written, signs and all', () => {
    const filters: Filter[] = [
      { dimension: 'country', test: 'is_not', value: '' },
      { dimension: 'network', test: 'contains', value: 'A & B: =~!' },
      { dimension: 'utm_source', test: 'contains_not', value: '#+ %' },
    ];
    const query = new URLSearchParams();
    writeFilters(filters, query);
    expect(parseFilters(new URLSearchParams(query.toString()))).toEqual(filters);
  });
});

it('comes and goes with the same press', () => {
  expect(toggled([germany], france)).toEqual([germany, france]);
  expect(toggled([germany, france], { ...germany })).toEqual([france]);
  expect(toggled([germany], { ...germany, test: 'is_not' })).toHaveLength(2);
});

it('is spelled for the API, colons and all', () =>
  expect(
    wireFilters([
      germany,
      villages,
      { dimension: 'network', value: 'A: B' },
      { dimension: 'parameter:table', test: 'is_not', value: '7' },
      { dimension: 'referrer', value: '' },
    ]),
  ).toEqual(['country:DE', 'city~:dorf', 'network:A: B', 'parameter:table!:7', 'referrer:']));

it('is read from what the API keeps', () => {
  const texts = ['country:DE', 'city~:dorf', 'tag!~:a:b', 'parameter:table!:7', 'referrer:', 'planet:Mars', 'city'];
  const filters = textFilters(texts);
  expect(filters).toHaveLength(5);
  expect(wireFilters(filters)).toEqual(texts.slice(0, 5));
});

describe('filters of one dimension and test', () => {
  const filters = [germany, villages, france];
  it('are read together', () =>
    expect(grouped(filters)).toEqual([
      { dimension: 'country', test: 'is', values: ['DE', 'FR'] },
      { dimension: 'city', test: 'contains', values: ['dorf'] },
    ]));
  it('are changed together', () => {
    const [countries] = grouped(filters);
    const none = regrouped(filters, countries, { dimension: 'country', test: 'is_not', values: ['CH'] });
    expect(wireFilters(none)).toEqual(['city~:dorf', 'country!:CH']);
    expect(regrouped(filters, countries, { ...countries!, values: [] })).toEqual([villages]);
    expect(regrouped(filters, undefined, { ...countries!, values: ['DE', 'AT'] })).toHaveLength(4);
  });
});

describe('filters beyond people', () => {
  it('are those by a verdict that is no person’s', () => {
    const bot: Filter = { dimension: 'verdict', value: 'bot' };
    const person: Filter = { dimension: 'verdict', value: 'human' };
    const noBot: Filter = { dimension: 'verdict', test: 'is_not', value: 'bot' };
    expect(beyondPeople([germany, person, bot])).toEqual(['bot']);
    expect(beyondPeople([germany, person, noBot])).toEqual([]);
  });
});
