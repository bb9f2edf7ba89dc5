import { expect, it } from 'vitest';
import type { Scan } from '../api/words';
import { NOW_MS, Recent } from './onNow';

const begin = Date.parse('2026-03-01T12:00:00Z');
const scan = (id: string, second: number, visitorId?: string) =>
  ({ id, scannedAt: new Date(begin + second * 1000).toISOString(), visitorId }) as Scan;

it('counts scans once and people apart', () => {
  const recent = new Recent();
  recent.add([scan('a', 0, 'ann'), scan('b', 10, 'ann'), scan('c', 20)]);
  recent.add([scan('b', 10, 'ann'), scan('d', 30, 'bob')]);
  expect(recent.at(begin + 40_000)).toEqual({ scans: 4, people: 2, until: begin + NOW_MS });
});

it('lets them go after five minutes, one by one', () => {
  const recent = new Recent();
  recent.add([scan('a', 0, 'ann'), scan('b', 10, 'ann'), scan('d', 30, 'bob')]);
  expect(recent.at(begin + NOW_MS)).toEqual({ scans: 2, people: 2, until: begin + NOW_MS + 10_000 });
  expect(recent.at(begin + NOW_MS + 10_000)).toMatchObject({ scans: 1, people: 1 });
  expect(recent.at(begin + NOW_MS + 30_000)).toEqual({ scans: 0, people: 0, until: undefined });
});
