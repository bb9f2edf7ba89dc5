/** Steps of a scale of one hue, the empty one not counted. */
export const LEVELS = 5;

/**
 * The step of a value on a scale from 0 (nothing) to `LEVELS` (the most). Steps are even in the square root: a few
 * busy hours would otherwise leave all others in the lowest step.
 */
export function levelOf(value: number, most: number): number {
  if (value <= 0 || most <= 0) return 0;
  return Math.max(1, Math.ceil(Math.sqrt(Math.min(1, value / most)) * LEVELS));
}
