import type { Dots, Eyes, Rings } from './look';

// Little pictures of the shapes, drawn by the rules of the renderer (crates/qr/src/shape.rs). Path data.

/** Top left, top right, bottom right, bottom left. */
const RADII: Record<Dots, readonly [number, number, number, number]> = {
  SQUARE: [0, 0, 0, 0],
  DOTS: [0, 0, 0, 0],
  ROUNDED: [0.5, 0.5, 0.5, 0.5],
  EXTRA_ROUNDED: [1, 1, 1, 1],
  CLASSY: [0.5, 0, 0.5, 0],
  CLASSY_ROUNDED: [1, 0, 1, 0],
};

const disc = (x: number, y: number, r: number) =>
  `M${x - r} ${y}a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1-${2 * r} 0z`;

function box(x: number, y: number, width: number, height: number, radii: readonly number[]): string {
  // Two corners share a side.
  const most = Math.min(width, height) / 2;
  const [a = 0, b = 0, c = 0, d = 0] = radii.map((radius) => Math.min(radius, most));
  const arc = (r: number, dx: number, dy: number) => (r === 0 ? '' : `a${r} ${r} 0 0 1 ${dx} ${dy}`);
  return (
    `M${x + a} ${y}h${width - a - b}${arc(b, b, b)}v${height - b - c}${arc(c, -c, c)}` +
    `h${-(width - c - d)}${arc(d, -d, -d)}v${-(height - d - a)}${arc(a, a, -a)}z`
  );
}

/** Four modules across: a bar of two, a bar of three that stands, and one alone. */
export function dotsMotif(dots: Dots): string {
  if (dots === 'DOTS') {
    return [
      [0, 0],
      [1, 0],
      [3, 0],
      [3, 1],
      [3, 2],
      [1, 2],
      [0, 3],
      [1, 3],
    ]
      .map(([x = 0, y = 0]) => disc(x + 0.5, y + 0.5, 0.5))
      .join('');
  }
  const radii = RADII[dots];
  return box(0, 0, 2, 1, radii) + box(3, 0, 1, 3, radii) + box(0, 2, 2, 2, radii);
}

/** Seven modules across; to be filled by the even-odd rule. */
export function ringMotif(rings: Rings): string {
  if (rings === 'DOT') return disc(3.5, 3.5, 3.5) + disc(3.5, 3.5, 2.5);
  const [outer, inner] = rings === 'EXTRA_ROUNDED' ? [1.75, 0.75] : [0, 0];
  return box(0, 0, 7, 7, Array(4).fill(outer)) + box(1, 1, 5, 5, Array(4).fill(inner));
}

export function eyeMotif(eyes: Eyes): string {
  return eyes === 'DOT' ? disc(3.5, 3.5, 1.5) : box(2, 2, 3, 3, [0, 0, 0, 0]);
}
