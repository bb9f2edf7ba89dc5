import { expect, it } from 'vitest';
import { bucketCell, bucketDays, bucketLabel, bucketName } from './bucket';

const zone = 'Europe/Berlin';
const at = (text: string) => new Date(text);

it('names hours, days and weeks on the clock of the workspace', () => {
  expect(bucketName(at('2026-11-23T13:00:00Z'), 60, zone)).toBe('Mon 23 Nov, 14:00 – 15:00');
  expect(bucketName(at('2026-11-22T23:00:00Z'), 1440, zone)).toBe('Monday, 23 November 2026');
  expect(bucketName(at('2026-11-15T23:00:00Z'), 7 * 1440, zone)).toMatch(/^16\s?–\s?22 Nov 2026$/);
});

it('says on which days a bucket lies, also where clocks change', () => {
  expect(bucketDays(at('2026-10-18T22:00:00Z'), 7 * 1440, zone)).toEqual({
    first: '2026-10-19',
    last: '2026-10-25',
  });
  expect(bucketDays(at('2026-10-24T22:00:00Z'), 1440, zone)).toEqual({
    first: '2026-10-25',
    last: '2026-10-25',
  });
  expect(bucketName(at('2026-03-29T00:00:00Z'), 60, zone)).toBe('Sun 29 Mar, 01:00 – 03:00');
  // A day of 25 hours: its fifth quarter is one hour long.
  expect(bucketName(at('2026-10-25T16:00:00Z'), 360, zone)).toBe('Sun 25 Oct, 17:00 – 23:00');
  expect(bucketName(at('2026-10-25T22:00:00Z'), 360, zone)).toBe('Sun 25 Oct, 23:00 – 00:00');
  expect(bucketName(at('2026-10-26T17:00:00Z'), 360, zone)).toBe('Mon 26 Oct, 18:00 – 00:00');
});

it('is read by spreadsheets by the clock of the workspace', () => {
  const start = new Date('2026-11-22T23:00:00Z');
  expect(bucketCell(start, 60, 'Europe/Berlin')).toBe('2026-11-23 00:00');
  expect(bucketCell(start, 1440, 'Europe/Berlin')).toBe('2026-11-23');
});

it('is short beneath an axis', () => {
  expect(bucketLabel(at('2026-11-23T13:00:00Z'), 60, zone, '2026-11-23')).toBe('14:00');
  expect(bucketLabel(at('2026-11-22T23:00:00Z'), 1440, zone, '2026-11-23')).toBe('23 Nov');
  expect(bucketLabel(at('2025-11-22T23:00:00Z'), 1440, zone, '2026-11-23')).toBe('23 Nov 2025');
});
