import { expect, it } from 'vitest';
import { barsOf } from './bars';

const hours = (...counts: number[]) => counts.map((scans, i) => ({ start: new Date(i * 3_600_000), scans }));

it('fills the width, and the height with the tallest', () => {
  const bars = barsOf(hours(0, 5, 10), 32, 40, 1, 2);
  expect(bars.map((bar) => bar.x)).toEqual([0, 11, 22]);
  expect(bars.map((bar) => bar.width)).toEqual([10, 10, 10]);
  expect(bars.map((bar) => bar.height)).toEqual([0, 20, 40]);
  expect(bars.map((bar) => bar.y)).toEqual([40, 20, 0]);
});

it('shows a single scan beside a thousand', () => {
  expect(barsOf(hours(1, 1000), 10, 40, 0, 2)[0]?.height).toBe(2);
});

it('draws a day without scans, and no day', () => {
  expect(barsOf(hours(0, 0), 10, 40, 0, 2).map((bar) => bar.height)).toEqual([0, 0]);
  expect(barsOf([], 10, 40, 0, 2)).toEqual([]);
});
