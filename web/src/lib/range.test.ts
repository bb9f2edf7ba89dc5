import { describe, expect, it } from 'vitest';
import { bucketOf, daysOf, isOpen, isPreset, movedRange, parseRange, comparedDays } from './range';

const today = '2026-11-23';

describe('the range in the address', () => {
  it.each(['today', '7d', '90d', '12m', 'all', '2026-01-01..2026-01-31'])('is %s', (text) =>
    expect(parseRange(text)).toBe(text),
  );
  it('is turned when it was written backwards', () =>
    expect(parseRange('2026-02-01..2026-01-01')).toBe('2026-01-01..2026-02-01'));
  it.each([
    null,
    '',
    '31d',
    '2026-01-01',
    '2026-01-01..',
    '2026-02-30..2026-03-01',
    'a..b',
    '2026-01-01..2026-01-02..2026-01-03',
  ])('is the usual one for %s', (text) => expect(parseRange(text)).toBe('30d'));
  it('has a name or days', () => {
    expect(isPreset('12m')).toBe(true);
    expect(isPreset('2026-01-01..2026-01-31')).toBe(false);
  });
});

describe('the days of a range', () => {
  it('end with today', () => {
    expect(daysOf('today', today)).toEqual({ first: today, last: today });
    expect(daysOf('7d', today)).toEqual({ first: '2026-11-17', last: today });
    expect(daysOf('30d', today)).toEqual({ first: '2026-10-25', last: today });
    expect(daysOf('12m', today)).toEqual({ first: '2025-11-24', last: today });
    expect(daysOf('all', today)).toEqual({ first: undefined, last: today });
  });
  it('are the ones that were chosen', () =>
    expect(daysOf('2026-01-05..2026-01-31', today)).toEqual({ first: '2026-01-05', last: '2026-01-31' }));
  it('hold the present moment, or do not', () => {
    expect(isOpen('today', today)).toBe(true);
    expect(isOpen('2026-11-01..2026-11-23', today)).toBe(true);
    expect(isOpen('2026-11-01..2026-11-22', today)).toBe(false);
  });
});

describe('the days before', () => {
  it('are as many', () => {
    expect(comparedDays('today', 'before', today)).toEqual({ first: '2026-11-22', last: '2026-11-22' });
    expect(comparedDays('7d', 'before', today)).toEqual({ first: '2026-11-10', last: '2026-11-16' });
    expect(comparedDays('2026-03-01..2026-03-31', 'before', today)).toEqual({
      first: '2026-01-29',
      last: '2026-02-28',
    });
  });
  it('are the same of the year before', () =>
    expect(comparedDays('2026-02-01..2026-02-28', 'year', today)).toEqual({
      first: '2025-02-01',
      last: '2025-02-28',
    }));
  it('are none without a first day', () => expect(comparedDays('all', 'before', today)).toBeUndefined());
  it('are reached by a step back, and left by a step on', () => {
    expect(movedRange('7d', -1, today)).toBe('2026-11-10..2026-11-16');
    expect(movedRange('2026-11-10..2026-11-16', 1, today)).toBe('2026-11-17..2026-11-23');
    expect(movedRange('7d', 1, today)).toBeUndefined();
    expect(movedRange('all', -1, today)).toBeUndefined();
  });
});

it('cuts a range into buckets that people name', () => {
  expect(bucketOf('today', today)).toBe(60);
  expect(bucketOf('7d', today)).toBe(360);
  expect(bucketOf('30d', today)).toBe(1440);
  expect(bucketOf('90d', today)).toBe(1440);
  expect(bucketOf('12m', today)).toBe(10_080);
  expect(bucketOf('all', today)).toBeUndefined();
  expect(bucketOf('2016-01-01..2026-01-01', today)).toBeUndefined();
});
