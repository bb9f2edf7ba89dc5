/** A stretch of time and what was counted in it. */
export interface Bucket {
  start: Date;
  scans: number;
  visitors: number;
}

/**
 * Columns of a chart, as uPlot takes them: seconds, then one value a line, null where a line is not drawn.
 */
export interface Columns {
  x: number[];
  scans: (number | null)[];
  visitors: (number | null)[];
  /** The last stretch of each line while its bucket is still filling. */
  runningScans: (number | null)[];
  runningVisitors: (number | null)[];
  /** The same buckets of the days before; they may go on where ours have not come yet. */
  before: (number | null)[];
}

/**
 * Buckets as columns. While the last bucket is `running` it ends a dashed stretch, because its count is not
 * comparable with the others yet. `before` is laid over by position.
 */
export function columnsOf(
  buckets: readonly Bucket[],
  before: readonly number[],
  minutes: number,
  running: boolean,
): Columns {
  const length = Math.max(buckets.length, before.length);
  const last = buckets.length - 1;
  const end = running ? last - 1 : last;
  const at = (index: number): number => {
    const known = buckets[index];
    if (known) return known.start.getTime() / 1000;
    const lastStart = (buckets[last]?.start.getTime() ?? 0) / 1000;
    return lastStart + (index - last) * minutes * 60;
  };
  const line = (of: (bucket: Bucket) => number, from: number, to: number) =>
    Array.from({ length }, (_, index) => {
      const bucket = buckets[index];
      return bucket && index >= from && index <= to ? of(bucket) : null;
    });
  const scans = (bucket: Bucket) => bucket.scans;
  const visitors = (bucket: Bucket) => bucket.visitors;
  const runningFrom = running ? Math.max(0, end) : length;
  return {
    x: Array.from({ length }, (_, index) => at(index)),
    scans: line(scans, 0, end),
    visitors: line(visitors, 0, end),
    runningScans: line(scans, runningFrom, last),
    runningVisitors: line(visitors, runningFrom, last),
    before: Array.from({ length }, (_, index) => before[index] ?? null),
  };
}

/** Every how many buckets an axis of `width` pixels has room for a label of `label` pixels. */
export function labelEvery(buckets: number, width: number, label: number, steps: readonly number[]): number {
  const room = Math.max(1, Math.floor(width / label));
  const needed = Math.ceil(buckets / room);
  return steps.find((step) => step >= needed) ?? needed;
}

/** Steps of an axis that fall on the hours, days and weeks people count by. */
export function labelSteps(minutes: number): readonly number[] {
  if (minutes <= 60) return [1, 2, 3, 4, 6, 12, 24].map((hours) => (hours * 60) / minutes);
  if (minutes < 1440) return [1, 2, 7].map((days) => (days * 1440) / minutes);
  if (minutes === 1440) return [1, 2, 7, 14, 28];
  return [1, 2, 4, 8, 13, 26];
}
