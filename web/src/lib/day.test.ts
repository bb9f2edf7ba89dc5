import { describe, expect, it } from 'vitest';
import { addDays, addMonths, countDays, parseDay } from './day';

describe('a calendar day', () => {
  it('is taken as it is written', () => expect(parseDay('2026-02-28')).toBe('2026-02-28'));
  it.each(['2026-02-29', '2026-13-01', '2026-1-1', '26-01-01', '', 'today', '2026-01-01T00:00:00Z'])(
    'is not %s',
    (text) => expect(parseDay(text)).toBeUndefined(),
  );
});

it('steps over months, years and leap days', () => {
  expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
});

it('steps over the days on which clocks change', () => {
  expect(addDays('2026-03-29', 1)).toBe('2026-03-30');
  expect(addDays('2026-10-25', 1)).toBe('2026-10-26');
  expect(countDays('2026-03-28', '2026-03-30')).toBe(3);
  expect(countDays('2026-10-24', '2026-10-26')).toBe(3);
});

it('finds the same day of another month, or its last', () => {
  expect(addMonths('2026-11-23', -12)).toBe('2025-11-23');
  expect(addMonths('2028-02-29', -12)).toBe('2027-02-28');
  expect(addMonths('2026-03-31', -1)).toBe('2026-02-28');
});
