import type { PretendScan } from '../api/workflow';

// A scan that never was, as the panel's fields put it together.

export interface Pretence {
  country: string;
  region: string;
  city: string;
  latitude: string;
  longitude: string;
  /** Wall clock of the workspace: `2026-08-23T12:30`. */
  at: string;
  device: keyof typeof DEVICES;
  language: string;
  repeat: boolean;
  nth: string;
  query: string;
  referrer: string;
  network: string;
  /** `plan=pro`, one a line. */
  answers: string;
}

export const DEVICES = {
  iphone: { deviceType: 'MOBILE', platform: 'IOS', browser: 'SAFARI', brand: 'APPLE', actor: 'HUMAN' },
  android: { deviceType: 'MOBILE', platform: 'ANDROID', browser: 'CHROME', brand: 'GOOGLE', actor: 'HUMAN' },
  samsung: {
    deviceType: 'MOBILE',
    platform: 'ANDROID',
    browser: 'SAMSUNG_BROWSER',
    brand: 'SAMSUNG',
    actor: 'HUMAN',
  },
  ipad: { deviceType: 'TABLET', platform: 'IOS', browser: 'SAFARI', brand: 'APPLE', actor: 'HUMAN' },
  windows: { deviceType: 'DESKTOP', platform: 'WINDOWS', browser: 'EDGE', actor: 'HUMAN' },
  mac: { deviceType: 'DESKTOP', platform: 'MACOS', browser: 'SAFARI', brand: 'APPLE', actor: 'HUMAN' },
  linux: { deviceType: 'DESKTOP', platform: 'LINUX', browser: 'FIREFOX', actor: 'HUMAN' },
  bot: { deviceType: 'UNKNOWN', actor: 'BOT' },
} as const;

export function pretendScan(of: Pretence, timeZone: string): PretendScan {
  const nth = Number(of.nth) || (of.repeat ? 2 : 1);
  const attributes = Object.fromEntries(
    of.answers
      .split('\n')
      .map((line) => line.split('='))
      .filter(([key]) => key?.trim())
      .map(([key = '', ...value]) => [key.trim(), value.join('=').trim()]),
  );
  return {
    ...(of.at ? { at: instantOf(of.at, timeZone) } : {}),
    ...filled({ country: of.country, region: of.region, city: of.city }),
    ...(of.latitude && of.longitude
      ? { latitude: Number(of.latitude), longitude: Number(of.longitude) }
      : {}),
    ...DEVICES[of.device],
    ...filled({ language: of.language }),
    visitType: of.repeat ? 'RETURNING' : 'FIRST',
    nth,
    ...filled({ query: of.query.replace(/^\?/, ''), referrer: of.referrer, organisation: of.network }),
    ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
  };
}

function filled(texts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([, value]) => value.trim() !== ''));
}

/**
 * The instant of a wall clock in a zone, RFC 3339. A time that a changing clock skips is the one as far after
 * the change; of one it shows twice, the first.
 */
export function instantOf(wall: string, timeZone: string): string {
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc)) return wall;
  const day = 24 * 60 * 60 * 1000;
  const candidates = [asUtc - day, asUtc + day].map((near) => asUtc - offsetAt(near, timeZone));
  const right = candidates.find((at) => at + offsetAt(at, timeZone) === asUtc);
  return new Date(right ?? candidates[0] ?? asUtc).toISOString();
}

/** How far the wall clock of a zone is ahead of UTC, in milliseconds. */
function offsetAt(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return wall - Math.floor(at / 1000) * 1000;
}

/** The wall clock of an instant in a zone, as a field of date and time takes it: `2026-08-23T12:30`. */
export function wallClock(at: Date, timeZone: string): string {
  return new Date(at.getTime() + offsetAt(at.getTime(), timeZone)).toISOString().slice(0, 16);
}
