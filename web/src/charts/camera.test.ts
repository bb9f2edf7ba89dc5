import { expect, it } from 'vitest';
import { fitted, mainBox, moved, NEAREST, WHOLE, within, WORLD, zoomed } from './camera';

const size = { width: 100, height: 50 };

it('zooms about a point, which stays where it is', () => {
  const near = zoomed(WHOLE, 4, { x: 30, y: 20 }, size);
  expect(near).toEqual({ k: 4, x: -90, y: -60 });
  expect(near.k * 30 + near.x).toBe(30);
});

it('zooms neither out of the whole nor beyond the nearest', () => {
  expect(zoomed(WHOLE, 0.5, { x: 30, y: 20 }, size)).toEqual(WHOLE);
  expect(zoomed(WHOLE, 1000, { x: 0, y: 0 }, size).k).toBe(NEAREST);
});

it('never shows what lies beside the drawing', () => {
  expect(moved({ k: 2, x: -10, y: -10 }, 500, 500, size)).toEqual({ k: 2, x: 0, y: 0 });
  expect(moved({ k: 2, x: -10, y: -10 }, -500, -500, size)).toEqual({ k: 2, x: -100, y: -50 });
});

it('brings a box into the middle', () => {
  const camera = fitted({ x: 40, y: 20, width: 10, height: 5 }, size, 5);
  expect(camera).toEqual({ k: 5, x: 50 - 5 * 45, y: 25 - 5 * 22.5 });
  expect(fitted({ x: 50, y: 25, width: 0, height: 0 }, size, 6).k).toBe(6);
  expect(fitted({ x: 0, y: 0, width: 100, height: 50 }, size, 6)).toEqual(WHOLE);
});

it('finds the box that holds most of the weight', () => {
  const points = [
    { x: 0, y: 30, weight: 5 },
    { x: 40, y: 20, weight: 60 },
    { x: 50, y: 25, weight: 30 },
    { x: 99, y: 40, weight: 5 },
  ];
  expect(mainBox(points, 0.08)).toEqual({ x: 40, y: 20, width: 10, height: 10 });
  expect(mainBox(points, 0)).toEqual({ x: 0, y: 20, width: 99, height: 20 });
  expect(mainBox(points.slice(0, 1), 0.08)).toEqual({ x: 0, y: 30, width: 0, height: 0 });
  expect(mainBox([], 0.08)).toBeUndefined();
});

it('stands in the middle of a window that is higher than it', () => {
  const window = { width: 960, height: 700 };
  expect(within({ k: 1, x: 0, y: 0 }, WORLD, window)).toEqual({ k: 1, x: 0, y: 130 });
  // Enlarged beyond the window it covers it.
  expect(within({ k: 2, x: 0, y: 90 }, WORLD, window)).toEqual({ k: 2, x: 0, y: 0 });
  expect(fitted({ x: 0, y: 0, width: 960, height: 440 }, WORLD, 9, window).y).toBe(130);
});
