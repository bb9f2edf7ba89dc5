import { expect, it } from 'vitest';
import { ticks } from './drawings';

it('counts an axis as people do, to the end and not far beyond it', () => {
  expect(ticks(0)).toEqual([0, 1]);
  expect(ticks(3)).toEqual([0, 1, 2, 3]);
  expect(ticks(87)).toEqual([0, 50, 100]);
  expect(ticks(1234)).toEqual([0, 500, 1000, 1500]);
  for (const most of [1, 7, 19, 20, 21, 99, 100, 101, 4_999, 12_345_678]) {
    const steps = ticks(most);
    expect(steps.at(-1)).toBeGreaterThanOrEqual(most);
    expect(steps.length).toBeLessThan(7);
  }
});
