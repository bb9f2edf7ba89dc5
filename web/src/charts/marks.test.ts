import { expect, it } from 'vitest';
import { bucketAt, flagsOf } from './marks';

it('gives marks that lie apart a flag each, with room up to the next', () =>
  expect(flagsOf([10, 100], 300)).toEqual([
    { x: 10, room: 90, back: false, marks: [0] },
    { x: 100, room: 200, back: false, marks: [1] },
  ]));

it('gathers marks that would lie on each other, however many', () =>
  expect(flagsOf([10, 10, 20, 37, 38], 200)).toEqual([
    { x: 10, room: 28, back: false, marks: [0, 1, 2, 3] },
    { x: 38, room: 162, back: false, marks: [4] },
  ]));

it('keeps a flag at the right rim wide enough for a finger', () =>
  expect(flagsOf([230, 298], 300)[1]).toEqual({ x: 298, room: 28, back: false, marks: [1] }));

it('hangs a flag at the right rim to the left, where there is room', () => {
  expect(flagsOf([298], 300)).toEqual([{ x: 298, room: 298, back: true, marks: [0] }]);
  expect(flagsOf([98, 298], 300)).toEqual([
    { x: 98, room: 100, back: false, marks: [0] },
    { x: 298, room: 100, back: true, marks: [1] },
  ]);
});

it('finds the bucket of an instant', () => {
  const starts = ['2026-03-01', '2026-03-02', '2026-03-03'].map((day) => new Date(day));
  expect(bucketAt(starts, new Date('2026-03-02T23:59:59Z'))).toBe(1);
  expect(bucketAt(starts, new Date('2026-03-02T00:00:00Z'))).toBe(1);
  expect(bucketAt(starts, new Date('2026-02-28T00:00:00Z'))).toBe(-1);
  expect(bucketAt(starts, new Date('2026-04-28T00:00:00Z'))).toBe(2);
});
