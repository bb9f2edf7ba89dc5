import { expect, it } from 'vitest';
import { WORLD } from './camera';
import { coarseWorld } from './world';

const world = await coarseWorld();

it('knows countries by two letters', () => {
  const codes = new Set(world.countries.map((country) => country.code));
  for (const code of ['DE', 'NL', 'US', 'BR', 'GB', 'JP', 'ZA', 'AU']) expect(codes).toContain(code);
  expect(codes).not.toContain('AQ');
  expect(world.countries.every((country) => country.path.startsWith('M'))).toBe(true);
});

it('puts places where they are', () => {
  const amsterdam = world.project(4.9, 52.4);
  const sydney = world.project(151.2, -33.9);
  const quito = world.project(-78.5, 0);
  expect(amsterdam.x).toBeGreaterThan(quito.x);
  expect(sydney.x).toBeGreaterThan(amsterdam.x);
  expect(sydney.y).toBeGreaterThan(quito.y);
  for (const { x, y } of [amsterdam, sydney, quito]) {
    expect(x > 0 && x < WORLD.width && y > 0 && y < WORLD.height).toBe(true);
  }
});
