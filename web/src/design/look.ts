import type { Design, DesignChange, ThemeColor } from '../api/designs';
import { ownPath } from '../lib/address';

// A look as the designer edits it: every choice has a value. Pure.

export const DOTS = ['SQUARE', 'ROUNDED', 'EXTRA_ROUNDED', 'DOTS', 'CLASSY', 'CLASSY_ROUNDED'] as const;
export const RINGS = ['SQUARE', 'EXTRA_ROUNDED', 'DOT'] as const;
export const EYES = ['SQUARE', 'DOT'] as const;
export const LEVELS = ['L', 'M', 'Q', 'H'] as const;
export const KINDS = ['SOLID', 'LINEAR', 'RADIAL'] as const;
export type Dots = (typeof DOTS)[number];
export type Rings = (typeof RINGS)[number];
export type Eyes = (typeof EYES)[number];
export type Level = (typeof LEVELS)[number];
export type Kind = (typeof KINDS)[number];

export interface Paint {
  kind: Kind;
  /** One, or at least two of a gradient. */
  colors: string[];
  /** As CSS counts: 0 up, 90 to the right. */
  degrees: number;
  /** Places of the colours, where they are not spread evenly. */
  stops?: string[];
}

/** The picture in the middle. What the look has already may be no file of the library. */
export interface Picture {
  media?: string;
  url: string;
}

export interface Look {
  dots: Dots;
  rings: Rings;
  eyes: Eyes;
  dotPaint: Paint;
  ringPaint: Paint;
  eyePaint: Paint;
  ground: Paint;
  level: Level;
  picture: Picture | undefined;
  /** How much of what can be mended the picture may hide, 0 to 1. */
  size: number;
  /** Pixels around the picture, of the code's own width. */
  margin: number;
  /** Whether modules behind the picture are left out. */
  clear: boolean;
}

export const solid = (color: string): Paint => ({ kind: 'SOLID', colors: [color], degrees: 135 });

/** Black squares on white. */
export const PLAIN: Look = {
  dots: 'SQUARE',
  rings: 'SQUARE',
  eyes: 'SQUARE',
  dotPaint: solid('#000000'),
  ringPaint: solid('#000000'),
  eyePaint: solid('#000000'),
  ground: solid('#ffffff'),
  level: 'M',
  picture: undefined,
  size: 0.4,
  margin: 0,
  clear: true,
};

const one = <T extends string>(all: readonly T[], prefix: string, word: string | undefined): T =>
  all.find((known) => `${prefix}_${known}` === word) ?? (all[0] as T);

const DEGREES: Record<string, number> = { 'to top': 0, 'to right': 90, 'to bottom': 180, 'to left': 270 };

export function readPaint(theme: ThemeColor | undefined, usual: string): Paint {
  if (!theme || theme.colors.length === 0) return solid(usual);
  const direction = theme.direction?.trim() ?? '';
  const degrees = DEGREES[direction] ?? Number.parseFloat(direction);
  return {
    kind: one(KINDS, 'THEME_COLOR_TYPE', theme.type),
    colors: theme.colors,
    degrees: Number.isFinite(degrees) ? ((Math.round(degrees) % 360) + 360) % 360 : 180,
    ...(theme.stops && theme.stops.length > 0 ? { stops: theme.stops } : {}),
  };
}

export function writePaint(paint: Paint): ThemeColor {
  const type = `THEME_COLOR_TYPE_${paint.kind}`;
  if (paint.kind === 'SOLID') return { type, colors: paint.colors.slice(0, 1) };
  return {
    type,
    colors: paint.colors,
    ...(paint.kind === 'LINEAR' ? { direction: `${paint.degrees}deg` } : {}),
    ...(paint.stops?.length === paint.colors.length ? { stops: paint.stops } : {}),
  };
}

/** The paint as another kind: a gradient needs a second colour, which is the first one deepened. */
export function asKind(paint: Paint, kind: Kind): Paint {
  if (kind === 'SOLID') return { ...solid(paint.colors[0] ?? '#000000'), degrees: paint.degrees };
  if (paint.colors.length > 1) return { ...paint, kind };
  const first = paint.colors[0] ?? '#000000';
  const { stops: _, ...rest } = paint;
  return { ...rest, kind, colors: [first, deepened(first)] };
}

/** The same colour, darker by half; black becomes a deep green so that there is something to see. */
export function deepened(color: string): string {
  const channels = channelsOf(color);
  if (!channels) return '#0b5c4c';
  if (channels.every((channel) => channel < 24)) return '#0b5c4c';
  return `#${channels.map((channel) => Math.round(channel / 2).toString(16).padStart(2, '0')).join('')}`;
}

export function channelsOf(color: string): [number, number, number] | undefined {
  const hex = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(color.trim())?.[1];
  if (!hex) return undefined;
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
  return [0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16)) as [number, number, number];
}

/** `#rrggbb` as colour fields want it; what is written otherwise is shown as black there. */
export function asHex(color: string): string {
  const channels = channelsOf(color);
  return channels ? `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}` : '#000000';
}

/** The paint as CSS, for samples. */
export function css(paint: Paint): string {
  if (paint.kind === 'SOLID') return paint.colors[0] ?? '#000000';
  const stops = paint.colors.map((color, i) => `${color} ${paint.stops?.[i] ?? ''}`.trim()).join(', ');
  return paint.kind === 'LINEAR'
    ? `linear-gradient(${paint.degrees}deg, ${stops})`
    : `radial-gradient(circle, ${stops})`;
}

export function readLook(design: Design): Look {
  return {
    dots: one(DOTS, 'DOTS_TYPE', design.dotsOptions?.type),
    rings: one(RINGS, 'CORNERS_SQUARE_TYPE', design.cornersSquareOptions?.type),
    eyes: one(EYES, 'CORNERS_DOT_TYPE', design.cornersDotOptions?.type),
    dotPaint: readPaint(design.dotsOptions?.themeColor, '#000000'),
    ringPaint: readPaint(design.cornersSquareOptions?.themeColor, '#000000'),
    eyePaint: readPaint(design.cornersDotOptions?.themeColor, '#000000'),
    ground: readPaint(design.backgroundOptions?.themeColor, '#ffffff'),
    level: LEVELS.find((level) => level === design.errorCorrectionLevel) ?? 'M',
    picture: design.centralImageSignedUrl
      ? {
          url: ownPath(design.centralImageSignedUrl),
          ...(design.centralImageMediaId ? { media: design.centralImageMediaId } : {}),
        }
      : undefined,
    size: design.centralImageSize ?? PLAIN.size,
    margin: design.centralImageMargin ?? PLAIN.margin,
    clear: design.hideBackgroundDots ?? PLAIN.clear,
  };
}

/** Whether two looks show the same picture. */
export function samePicture(a: Picture | undefined, b: Picture | undefined): boolean {
  return a?.media !== undefined || b?.media !== undefined ? a?.media === b?.media : a?.url === b?.url;
}

/** What to send so that a code that looks like `saved` looks like `look`: every setting, and the picture where it is another. */
export function changeTo(look: Look, saved: Look): DesignChange {
  const picture: DesignChange = samePicture(look.picture, saved.picture)
    ? {}
    : look.picture?.media
      ? { centralImageMediaId: look.picture.media }
      : look.picture
        ? {}
        : { centralImageDelete: true };
  return {
    errorCorrectionLevel: look.level,
    dotsOptions: { type: `DOTS_TYPE_${look.dots}`, themeColor: writePaint(look.dotPaint) },
    cornersSquareOptions: { type: `CORNERS_SQUARE_TYPE_${look.rings}`, themeColor: writePaint(look.ringPaint) },
    cornersDotOptions: { type: `CORNERS_DOT_TYPE_${look.eyes}`, themeColor: writePaint(look.eyePaint) },
    backgroundOptions: { themeColor: writePaint(look.ground) },
    hideBackgroundDots: look.clear,
    centralImageSize: look.size,
    centralImageMargin: look.margin,
    ...picture,
  };
}

/** Whether two looks are drawn alike: what a paint does not use does not count. */
export function sameLook(a: Look, b: Look): boolean {
  return (
    JSON.stringify(changeTo(a, a)) === JSON.stringify(changeTo(b, b)) && samePicture(a.picture, b.picture)
  );
}
