import { describe, expect, it } from 'vitest';
import { allZones, findZones, offsetOf, spokenZone } from './zones';

const ZONES = [
  'UTC',
  'America/New_York',
  'America/Argentina/Buenos_Aires',
  'Europe/Berlin',
  'Asia/Bangkok',
  'Africa/Abidjan',
];

describe('finding a zone', () => {
  it.each([
    ['new york', ['America/New_York']],
    ['Buenos', ['America/Argentina/Buenos_Aires']],
    ['europe berlin', ['Europe/Berlin']],
    ['Europe/Berlin', ['Europe/Berlin']],
    ['utc', ['UTC']],
    ['nowhere', []],
  ])('%s', (typed, found) => expect(findZones(ZONES, typed, 8)).toEqual(found));

  it('puts cities that begin with the word before zones that merely hold it', () => {
    expect(findZones(ZONES, 'b', 8).slice(0, 3)).toEqual([
      'America/Argentina/Buenos_Aires',
      'Europe/Berlin',
      'Asia/Bangkok',
    ]);
  });

  it('takes accents as their letters', () => {
    expect(findZones(['America/Sao_Paulo'], 'São Paulo', 8)).toEqual(['America/Sao_Paulo']);
  });

  it('shows the beginning of the list while nothing is typed', () => {
    expect(findZones(ZONES, ' ', 2)).toEqual(['UTC', 'America/New_York']);
  });
});

describe('a zone', () => {
  it('is in the list of the browser, UTC too, once each', () => {
    const zones = allZones();
    expect(zones).toContain('UTC');
    expect(zones).toContain('Europe/Berlin');
    expect(new Set(zones).size).toBe(zones.length);
  });

  it('has the offset of the season asked about', () => {
    expect(offsetOf('Europe/Berlin', new Date('2026-07-01T00:00:00Z'))).toBe('UTC+02:00');
    expect(offsetOf('Europe/Berlin', new Date('2026-12-01T00:00:00Z'))).toBe('UTC+01:00');
    expect(offsetOf('UTC', new Date())).toBe('UTC');
    expect(offsetOf('Mars/Olympus', new Date())).toBe('');
  });

  it('is read without its underscores', () => {
    expect(spokenZone('America/New_York')).toBe('America / New York');
  });
});
