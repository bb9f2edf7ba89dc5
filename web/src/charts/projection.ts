import { WORLD } from './camera.ts';

// Equal Earth (Šavrič, Patterson and Jenny, 2018): equal areas, so a tint is not weighed by how far from the
// equator it lies. The lands are projected with it when the dashboard is built, places when they are shown.

const [A1, A2, A3, A4] = [1.340264, -0.081106, 0.000893, 0.003796];
const M = Math.sqrt(3) / 2;
const MARGIN = 4;
const RADIAN = Math.PI / 180;
/** The northernmost land, and the southernmost but for Antarctica. */
const NORTH = 83.6;
const SOUTH = -56;

function raw(longitude: number, latitude: number): { x: number; y: number } {
  const angle = Math.asin(M * Math.sin(latitude * RADIAN));
  const squared = angle * angle;
  const sixth = squared ** 3;
  return {
    x:
      (longitude * RADIAN * Math.cos(angle)) /
      (M * (A1 + 3 * A2 * squared + sixth * (7 * A3 + 9 * A4 * squared))),
    y: angle * (A1 + A2 * squared + sixth * (A3 + A4 * squared)),
  };
}

const [east, north, south] = [raw(180, 0).x, raw(0, NORTH).y, raw(0, SOUTH).y];

/** Units of the drawing for one of the projection. */
export const SCALE = Math.min(
  (WORLD.width - 2 * MARGIN) / (2 * east),
  (WORLD.height - 2 * MARGIN) / (north - south),
);

/** Where longitude and latitude 0 are on the drawing. */
export const ORIGIN = { x: WORLD.width / 2, y: WORLD.height / 2 + (SCALE * (north + south)) / 2 };

/** Where a place is on the drawing. */
export function project(longitude: number, latitude: number): { x: number; y: number } {
  const { x, y } = raw(longitude, latitude);
  return { x: ORIGIN.x + SCALE * x, y: ORIGIN.y - SCALE * y };
}
