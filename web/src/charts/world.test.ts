import { geoEqualEarth } from 'd3-geo';
import { expect, it } from 'vitest';
import { WORLD } from './camera';
import { ORIGIN, project, SCALE } from './projection';
import { coarseWorld } from './world';

const world = await coarseWorld();

it('knows countries by two letters', () => {
  const codes = new Set(world.countries.map((country) => country.code));
  for (const code of ['DE', 'NL', 'US', 'BR', 'GB', 'JP', 'ZA', 'AU', 'XK']) expect(codes).toContain(code);
  expect(codes).not.toContain('AQ');
  expect(world.countries.every((country) => country.path.startsWith('M'))).toBe(true);
});

it('puts places where they are', () => {
  const amsterdam = project(4.9, 52.4);
  const sydney = project(151.2, -33.9);
  const quito = project(-78.5, 0);
  expect(amsterdam.x).toBeGreaterThan(quito.x);
  expect(sydney.x).toBeGreaterThan(amsterdam.x);
  expect(sydney.y).toBeGreaterThan(quito.y);
  for (const { x, y } of [amsterdam, sydney, quito]) {
    expect(x > 0 && x < WORLD.width && y > 0 && y < WORLD.height).toBe(true);
  }
});

it('projects places as the lands were projected', () => {
  const lands = geoEqualEarth().scale(SCALE).translate([ORIGIN.x, ORIGIN.y]);
  for (const place of [
    [4.9, 52.4],
    [-179, 65],
    [151.2, -33.9],
    [0, 0],
  ] as [number, number][]) {
    const [x, y] = lands(place) ?? [];
    expect(project(...place).x).toBeCloseTo(x!, 6);
    expect(project(...place).y).toBeCloseTo(y!, 6);
  }
});

it('draws each country around the places that are in it', () => {
  const germany = world.countries.find(({ code }) => code === 'DE')!;
  const [x, y] = /^M(-?\d+)[ ]?(-?\d+)/.exec(germany.path)!.slice(1).map(Number);
  const berlin = project(13.4, 52.5);
  expect(Math.abs(x! / world.grid - berlin.x)).toBeLessThan(20);
  expect(Math.abs(y! / world.grid - berlin.y)).toBeLessThan(20);
});
