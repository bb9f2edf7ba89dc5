/** How far a drawing is enlarged and moved: a point at `p` is seen at `k * p + (x, y)`. */
export interface Camera {
  k: number;
  x: number;
  y: number;
}

/** Width and height of a drawing, and of the window it is seen through. */
export interface Size {
  width: number;
  height: number;
}

export interface Box extends Size {
  x: number;
  y: number;
}

/** The size of a map's drawing; what shows it scales it. */
export const WORLD: Size = { width: 960, height: 440 };

export const NEAREST = 40;
export const WHOLE: Camera = { k: 1, x: 0, y: 0 };

/** Enlarged by `factor` about a point of the window, which stays where it is. */
export function zoomed(camera: Camera, factor: number, at: { x: number; y: number }, size: Size): Camera {
  const k = clamp(camera.k * factor, 1, NEAREST);
  const by = k / camera.k;
  return within({ k, x: at.x - (at.x - camera.x) * by, y: at.y - (at.y - camera.y) * by }, size);
}

export function moved(camera: Camera, x: number, y: number, size: Size): Camera {
  return within({ k: camera.k, x: camera.x + x, y: camera.y + y }, size);
}

/** A box of the drawing in the middle of the window, with room around it, and no nearer than `nearest`. */
export function fitted(box: Box, size: Size, nearest: number, window: Size = size): Camera {
  const room = 0.82;
  const k = clamp(
    Math.min(
      (window.width * room) / Math.max(box.width, 1e-9),
      (window.height * room) / Math.max(box.height, 1e-9),
    ),
    1,
    nearest,
  );
  const middle = (of: number, from: number, length: number) => of / 2 - k * (from + length / 2);
  return within(
    { k, x: middle(window.width, box.x, box.width), y: middle(window.height, box.y, box.height) },
    size,
    window,
  );
}

/**
 * The box that holds most of what is at the points: `rim` of all their weight may lie beside it on each side.
 * A few far ones would otherwise leave all the others tiny.
 */
export function mainBox(
  points: readonly { x: number; y: number; weight: number }[],
  rim: number,
): Box | undefined {
  if (points.length === 0) return undefined;
  const all = points.reduce((sum, point) => sum + point.weight, 0);
  const span = (of: (point: { x: number; y: number }) => number): [number, number] => {
    const sorted = [...points].sort((one, other) => of(one) - of(other));
    const inside: number[] = [];
    let before = 0;
    for (const point of sorted) {
      if (before + point.weight > all * rim && before < all * (1 - rim)) inside.push(of(point));
      before += point.weight;
    }
    return [inside[0] ?? 0, inside.at(-1) ?? 0];
  };
  const [left, right] = span((point) => point.x);
  const [top, bottom] = span((point) => point.y);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The drawing covers its window; where that is longer, it stands in its middle. */
export function within({ k, x, y }: Camera, size: Size, window: Size = size): Camera {
  const held = (at: number, drawing: number, room: number) =>
    drawing < room ? (room - drawing) / 2 : clamp(at, room - drawing, 0);
  return { k, x: held(x, size.width * k, window.width), y: held(y, size.height * k, window.height) };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
