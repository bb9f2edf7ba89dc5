import { expect, it } from 'vitest';
import { restName, restOf } from './rest';

const other = { scans: 30, visitors: 12 };

it('is one row for the values that a list leaves out', () => {
  const rest = restOf({ rows: [1, 2, 3], groups: 6_003, other });
  expect(rest).toEqual({ values: 6_000, scans: 30, visitors: 12 });
  expect(rest && restName(rest)).toBe('(other) 6,000 more');
});

it('is none where the list is whole, or not there yet', () => {
  expect(restOf({ rows: [1, 2, 3], groups: 3, other: { scans: 0, visitors: 0 } })).toBeUndefined();
  expect(restOf(undefined)).toBeUndefined();
});
