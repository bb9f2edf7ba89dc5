/** Steps of a scale of one hue, the empty one not counted. */
export const LEVELS = 5;

/**
 * How much of the accent each step holds, in percent. The leap in the middle is where words on it change from
 * dark to light: every step keeps 4.5:1 with its words in both schemes.
 */
export const SHADES = [0, 14, 30, 47, 83, 100] as const;
/** The first step on which words are those of the accent. */
export const DEEP = 4;

/**
 * The step of a value on a scale from 0 (nothing) to `LEVELS` (the most). Steps are even in the square root:
 * a few busy hours would otherwise leave all others in the lowest step.
 */
export function levelOf(value: number, most: number): number {
  if (value <= 0 || most <= 0) return 0;
  return Math.max(1, Math.ceil(Math.sqrt(Math.min(1, value / most)) * LEVELS));
}
