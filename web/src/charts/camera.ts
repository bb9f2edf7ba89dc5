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
export function fitted(box: Box, size: Size, nearest: number): Camera {
  const room = 0.82;
  const k = clamp(
    Math.min((size.width * room) / Math.max(box.width, 1e-9), (size.height * room) / Math.max(box.height, 1e-9)),
    1,
    nearest,
  );
  return within(
    { k, x: size.width / 2 - k * (box.x + box.width / 2), y: size.height / 2 - k * (box.y + box.height / 2) },
    size,
  );
}

/** The drawing always covers its window. */
function within({ k, x, y }: Camera, { width, height }: Size): Camera {
  return { k, x: clamp(x, width * (1 - k), 0), y: clamp(y, height * (1 - k), 0) };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
