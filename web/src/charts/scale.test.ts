import { expect, it } from 'vitest';
import { LEVELS, levelOf, SHADES } from './scale';

it('gives nothing the empty step, and the most the last', () => {
  expect(levelOf(0, 100)).toBe(0);
  expect(levelOf(1, 10_000)).toBe(1);
  expect(levelOf(25, 100)).toBe(3);
  expect(levelOf(100, 100)).toBe(LEVELS);
  expect(levelOf(3, 0)).toBe(0);
  expect(SHADES).toHaveLength(LEVELS + 1);
});

it('never falls as the value rises', () => {
  const levels = Array.from({ length: 101 }, (_, value) => levelOf(value, 100));
  expect(levels).toEqual([...levels].sort((a, b) => a - b));
});
