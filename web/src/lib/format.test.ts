import { describe, expect, it } from 'vitest';
import { ago, count, country, dayOf, moment, scans, spokenAddress } from './format';

const at = (text: string) => new Date(text);

describe('numbers', () => {
  it('groups thousands', () => expect(count(1234567)).toBe('1,234,567'));
  it('knows the singular', () => expect([0, 1, 2].map(scans)).toEqual(['0 scans', '1 scan', '2 scans']));
});

describe('the day of an instant', () => {
  it('is the day on the workspace clock', () => {
    expect(dayOf(at('2026-08-22T22:30:00Z'), 'UTC')).toBe('2026-08-22');
    expect(dayOf(at('2026-08-22T22:30:00Z'), 'Europe/Berlin')).toBe('2026-08-23');
    expect(dayOf(at('2026-01-01T04:59:59Z'), 'America/New_York')).toBe('2025-12-31');
  });
});

describe('the moment of a scan', () => {
  const now = at('2026-08-23T12:00:00Z');
  it('is a clock today', () => expect(moment(at('2026-08-23T00:00:07Z'), now, 'UTC')).toBe('00:00:07'));
  it('is a date before', () => expect(moment(at('2026-08-22T23:59:59Z'), now, 'UTC')).toBe('22 Aug, 23:59'));
  it('follows the zone', () =>
    expect(moment(at('2026-08-22T23:59:59Z'), now, 'Europe/Berlin')).toBe('01:59:59'));
});

describe('how long ago', () => {
  const now = at('2026-08-23T12:00:00Z');
  it.each([
    ['2026-08-23T12:00:05Z', 'just now'],
    ['2026-08-23T11:59:01Z', 'just now'],
    ['2026-08-23T11:59:00Z', '1 min ago'],
    ['2026-08-23T11:00:01Z', '59 min ago'],
    ['2026-08-23T11:00:00Z', '1 h ago'],
    ['2026-08-22T12:00:00Z', '1 d ago'],
    ['2026-07-01T12:00:00Z', '1 Jul 2026'],
  ])('%s', (text, words) => expect(ago(at(text), now)).toBe(words));
});

describe('places and addresses', () => {
  it('names countries', () =>
    expect(['DE', 'FR', 'ZZZ', ''].map(country)).toEqual(['Germany', 'France', 'ZZZ', '']));
  it.each([
    ['https://example.com/', 'example.com'],
    ['HTTP://127.0.0.1:8080/Q/AB', '127.0.0.1:8080/Q/AB'],
    ['https://example.com/spring/', 'example.com/spring/'],
    ['mailto:a@example.com', 'mailto:a@example.com'],
  ])('says %s', (url, words) => expect(spokenAddress(url)).toBe(words));
});
