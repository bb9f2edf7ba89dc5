import { describe, expect, it } from 'vitest';
import { instantOf, type Pretence, pretendScan, wallClock } from './pretend';

const BERLIN = 'Europe/Berlin';
const PRETENCE: Pretence = {
  country: 'DE',
  region: '',
  city: 'Berlin',
  latitude: '',
  longitude: '',
  at: '2026-07-01T12:30',
  device: 'iphone',
  language: 'de',
  repeat: false,
  nth: '',
  query: '?table=7',
  referrer: '',
  network: '',
  answers: 'plan=pro\n\nformula=a=b',
};

describe('a pretend scan', () => {
  it('says what its fields say, and no more', () => {
    expect(pretendScan(PRETENCE, BERLIN)).toEqual({
      at: '2026-07-01T10:30:00.000Z',
      country: 'DE',
      city: 'Berlin',
      deviceType: 'MOBILE',
      platform: 'IOS',
      browser: 'SAFARI',
      brand: 'APPLE',
      actor: 'HUMAN',
      language: 'de',
      visitType: 'FIRST',
      nth: 1,
      query: 'table=7',
      attributes: { plan: 'pro', formula: 'a=b' },
    });
    expect(pretendScan({ ...PRETENCE, repeat: true }, BERLIN)).toMatchObject({ visitType: 'RETURNING', nth: 2 });
  });
});

describe('the wall clock', () => {
  it.each([
    ['2026-01-01T12:30', '2026-01-01T11:30:00.000Z'],
    ['2026-07-01T12:30', '2026-07-01T10:30:00.000Z'],
    ['2026-03-29T01:30', '2026-03-29T00:30:00.000Z'],
    ['2026-03-29T03:30', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  ])('%s in Berlin is %s', (wall, at) => expect(instantOf(wall, BERLIN)).toBe(at));

  it('skips what a changing clock skips', () => {
    expect(wallClock(new Date(instantOf('2026-03-29T02:30', BERLIN)), BERLIN)).toBe('2026-03-29T03:30');
  });

  it('reads an instant', () => {
    expect(wallClock(new Date('2026-07-01T10:30:10Z'), BERLIN)).toBe('2026-07-01T12:30');
    expect(wallClock(new Date('2026-07-01T10:30:10Z'), 'UTC')).toBe('2026-07-01T10:30');
  });
});
