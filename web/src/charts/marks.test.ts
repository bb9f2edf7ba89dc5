import { expect, it } from 'vitest';
import { bucketAt, flagsOf } from './marks';

it('gives marks that lie apart a flag each, with room up to the next', () =>
  expect(flagsOf([10, 100], 300)).toEqual([
    { x: 10, room: 90, marks: [0] },
    { x: 100, room: 200, marks: [1] },
  ]));

it('gathers marks that would lie on each other, however many', () =>
  expect(flagsOf([10, 10, 20, 37, 38], 200)).toEqual([
    { x: 10, room: 28, marks: [0, 1, 2, 3] },
    { x: 38, room: 162, marks: [4] },
  ]));

it('keeps a flag at the right rim wide enough for a finger', () =>
  expect(flagsOf([298], 300)[0]?.room).toBe(28));

it('finds the bucket of an instant', () => {
  const starts = ['2026-03-01', '2026-03-02', '2026-03-03'].map((day) => new Date(day));
  expect(bucketAt(starts, new Date('2026-03-02T23:59:59Z'))).toBe(1);
  expect(bucketAt(starts, new Date('2026-03-02T00:00:00Z'))).toBe(1);
  expect(bucketAt(starts, new Date('2026-02-28T00:00:00Z'))).toBe(-1);
  expect(bucketAt(starts, new Date('2026-04-28T00:00:00Z'))).toBe(2);
});
