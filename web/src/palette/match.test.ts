import { expect, it } from 'vitest';
import { matching } from './match';

const entries = [
  { label: 'Overview' },
  { label: 'Last 7 days', also: 'range week' },
  { label: 'Account', also: 'settings password' },
  { label: 'Café menu' },
  { label: 'Members', also: 'settings people invite' },
];
const found = (typed: string) => matching(entries, typed).map(({ label }) => label);

it('shows everything, in its order, before a word is typed', () => {
  expect(found('  ')).toEqual(entries.map(({ label }) => label));
});

it('finds by every typed word, anywhere, in any order', () => {
  expect(found('days 7')).toEqual(['Last 7 days']);
  expect(found('settings invite')).toEqual(['Members']);
  expect(found('settings week')).toEqual([]);
});

it('does not mind case and accents', () => {
  expect(found('CAFE')).toEqual(['Café menu']);
});

it('puts names that begin so first, then whole words, then parts of words', () => {
  expect(found('me')).toEqual(['Members', 'Café menu']);
  expect(found('we')).toEqual(['Last 7 days']);
});
