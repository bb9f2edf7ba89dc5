import { addDays, type Day } from '../lib/day';
import { dayOf, dayRange, hour, longDay, shortDay, shortHour, weekdayHour } from '../lib/format';

const DAY = 1440;

/** The first and last day of a bucket. */
export function bucketDays(start: Date, minutes: number, timeZone: string): { first: Day; last: Day } {
  const first = dayOf(start, timeZone);
  return { first, last: minutes > DAY ? addDays(first, minutes / DAY - 1) : first };
}

/** A bucket in full: `Mon 23 Nov, 14:00 – 15:00`, `Monday, 23 November 2026`, `16 – 22 Nov 2026`. */
export function bucketName(start: Date, minutes: number, timeZone: string): string {
  const { first, last } = bucketDays(start, minutes, timeZone);
  if (first !== last) return dayRange(first, last);
  if (minutes >= DAY) return longDay(first);
  const end = new Date(start.getTime() + minutes * 60_000);
  // Buckets count from midnight on: the last of a day ends with it, be it shorter where the clock was changed.
  const until = dayOf(end, timeZone) === first ? hour(end, timeZone) : hour(new Date(0), 'UTC');
  return `${weekdayHour(start, timeZone)} – ${until}`;
}

/** A bucket's start as a spreadsheet reads it, by the clock of the zone: `2026-11-23`, `2026-11-23 14:00`. */
export function bucketCell(start: Date, minutes: number, timeZone: string): string {
  const day = dayOf(start, timeZone);
  return minutes >= DAY ? day : `${day} ${hour(start, timeZone)}`;
}

/** A bucket beneath an axis: `14:00`, `23 Nov`. */
export function bucketLabel(start: Date, minutes: number, timeZone: string, today: Day): string {
  return minutes <= 60 ? shortHour(start, timeZone) : shortDay(dayOf(start, timeZone), today);
}
