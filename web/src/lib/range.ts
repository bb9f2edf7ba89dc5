import { addDays, addMonths, countDays, parseDay, type Day } from './day';

/** Ranges with a name, in the order of their control. They end with today, and move on with it. */
export const PRESETS = ['today', '7d', '30d', '90d', '12m', 'all'] as const;
export type Preset = (typeof PRESETS)[number];

/** Which days a page is about, spelled as in the address: a preset, or the first and last day. */
export type Range = Preset | `${Day}..${Day}`;

/** The range of a page that says none. */
export const USUAL_RANGE: Range = '30d';

/** First and last day, both counted; without a first day it begins with the first scan. */
export interface Days {
  first: Day | undefined;
  last: Day;
}

/**
 * The range an address names; the usual one for anything else. A range that was written backwards is turned.
 */
export function parseRange(text: string | null): Range {
  const preset = PRESETS.find((name) => name === text);
  if (preset) return preset;
  const [first, last, ...rest] = (text ?? '').split('..').map(parseDay);
  if (!first || !last || rest.length > 0) return USUAL_RANGE;
  return rangeOf(first, last);
}

/** The range of the days between two, in whichever order they come. */
export function rangeOf(one: Day, other: Day): Range {
  return one <= other ? `${one}..${other}` : `${other}..${one}`;
}

export function isPreset(range: Range): range is Preset {
  return PRESETS.some((name) => name === range);
}

/** The days of a range, on a day called today. */
export function daysOf(range: Range, today: Day): Days {
  switch (range) {
    case 'today':
      return { first: today, last: today };
    case '7d':
    case '30d':
    case '90d':
      return { first: addDays(today, 1 - Number.parseInt(range, 10)), last: today };
    case '12m':
      return { first: addDays(addMonths(today, -12), 1), last: today };
    case 'all':
      return { first: undefined, last: today };
    default: {
      const [first, last = today] = range.split('..');
      return { first, last };
    }
  }
}

/** Whether scans of this moment belong to the range. */
export function isOpen(range: Range, today: Day): boolean {
  return daysOf(range, today).last >= today;
}

/**
 * The days that a range is compared with: as many, just before, or the same of the year before; undefined for a
 * range without a first day.
 */
export function comparedDays(
  range: Range,
  compared: 'before' | 'year',
  today: Day,
): { first: Day; last: Day } | undefined {
  const { first, last } = daysOf(range, today);
  if (first === undefined) return undefined;
  if (compared === 'year') return { first: addMonths(first, -12), last: addMonths(last, -12) };
  const days = countDays(first, last);
  return { first: addDays(first, -days), last: addDays(last, -days) };
}

/** The range moved by its own length, `-1` back or `1` on; undefined where it would begin after today. */
export function movedRange(range: Range, by: -1 | 1, today: Day): Range | undefined {
  const { first, last } = daysOf(range, today);
  if (first === undefined) return undefined;
  const days = by * countDays(first, last);
  return addDays(first, days) > today ? undefined : rangeOf(addDays(first, days), addDays(last, days));
}

/**
 * Minutes of a bucket of the series: as fine as a chart can show and a person can name. Undefined where that
 * depends on when the first scan was; the server then chooses.
 */
export function bucketOf(range: Range, today: Day): number | undefined {
  const { first, last } = daysOf(range, today);
  if (first === undefined) return undefined;
  const days = countDays(first, last);
  if (days <= 2) return 60;
  if (days <= 8) return 6 * 60;
  if (days <= 124) return 24 * 60;
  if (days <= 3 * 366) return 7 * 24 * 60;
  return undefined;
}
