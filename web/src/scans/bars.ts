import type { HourCount } from '../api/scans';

/** One bar of the chart, in the units of its drawing. */
export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
  hour: HourCount;
}

/**
 * Bars for hours, left to right, in a box of `width` by `height`. The tallest fills the box; an hour with any
 * scan is at least `least` high, an hour without stays a baseline of height 0.
 */
export function barsOf(
  hours: readonly HourCount[],
  width: number,
  height: number,
  gap: number,
  least: number,
): Bar[] {
  const top = Math.max(1, ...hours.map((hour) => hour.scans));
  const step = (width + gap) / Math.max(1, hours.length);
  return hours.map((hour, index) => {
    const tall = hour.scans === 0 ? 0 : Math.max(least, (hour.scans / top) * height);
    return { x: index * step, y: height - tall, width: step - gap, height: tall, hour };
  });
}
