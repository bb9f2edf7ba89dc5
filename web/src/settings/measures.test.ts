import { describe, expect, it } from 'vitest';
import { bytes, daysSince, isStale, span } from './measures';

describe('a size', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1_000, '1 kB'],
    [999_999, '1 MB'],
    [6_120_000, '6.12 MB'],
    [81_300_000_000, '81.3 GB'],
    [5e15, '5,000 TB'],
  ])('%d', (n, text) => expect(bytes(n, 'en')).toBe(text));

  it('is written as the reader writes numbers', () => expect(bytes(6_120_000, 'de')).toBe('6,12 MB'));
});

describe('a span', () => {
  it.each([
    [0, '0 seconds'],
    [1.9, '1 second'],
    [60, '1 minute'],
    [3_599, '59 minutes'],
    [3_600, '1 hour'],
    [4_000, '1 hour, 6 minutes'],
    [276_485, '3 days, 4 hours'],
    [86_400 * 2 + 59, '2 days'],
  ])('%d', (seconds, text) => expect(span(seconds, 'en')).toBe(text));
});

describe('an age', () => {
  const now = new Date('2026-11-23T08:00:00Z');
  it('is in whole days and never negative', () => {
    expect(daysSince(new Date('2026-11-21T09:00:00Z'), now)).toBe(1);
    expect(daysSince(new Date('2026-11-24T00:00:00Z'), now)).toBe(0);
  });
  it('is stale after sixty days', () => {
    expect(isStale(new Date('2026-09-24T08:00:00Z'), now)).toBe(false);
    expect(isStale(new Date('2026-09-23T08:00:00Z'), now)).toBe(true);
  });
});
