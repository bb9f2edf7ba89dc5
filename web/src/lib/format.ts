import { m } from '../messages';
import { type Day, noonOf } from './day';

// One place for how numbers, times and addresses read: as the browser's own language writes them. Times are
// those of the workspace, because its days are what the numbers count.
const LOCALE = typeof document === 'undefined' ? 'en-GB' : navigator.language;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const numbers = new Intl.NumberFormat(LOCALE);
const compactNumbers = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 0 });
const finePercents = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });
const changes = new Intl.NumberFormat(LOCALE, {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});
// The words of the dashboard are English, and so are the names among them.
const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
const languages = new Intl.DisplayNames('en', {
  type: 'language',
  fallback: 'none',
  languageDisplay: 'standard',
});

export function count(n: number): string {
  return numbers.format(n);
}

/** `1,204`, `18.2K`: where there is room for few digits. */
export function shortCount(n: number): string {
  return n < 10_000 ? count(n) : compactNumbers.format(n);
}

/** `12%`; a tenth more where it would be less than ten. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '';
  return (part / whole < 0.0995 ? finePercents : percents).format(part / whole);
}

/** `+12%`, `-3%`: how much more or less than before. */
export function change(now: number, before: number): string {
  return changes.format(now / before - 1);
}

/** `1 scan`, `1,204 scans`. */
export function scans(n: number): string {
  return m.scans.count(n, count(n));
}

/** The calendar day of an instant in a time zone, as the API takes it: `2026-08-23`. */
export function dayOf(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at);
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** When a scan was: `14:03:22` today, `21 Aug, 14:03` before. */
export function moment(at: Date, now: Date, timeZone: string): string {
  if (dayOf(at, timeZone) === dayOf(now, timeZone)) {
    return at.toLocaleTimeString(LOCALE, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
  }
  const day = at.toLocaleDateString(LOCALE, { timeZone, day: 'numeric', month: 'short' });
  return `${day}, ${hour(at, timeZone)}`;
}

/** The exact instant in words, for a tooltip: `23 August 2026 at 14:03:22 CEST`. */
export function instant(at: Date, timeZone: string): string {
  return at.toLocaleString(LOCALE, { timeZone, dateStyle: 'long', timeStyle: 'long' });
}

/** `14:03`. */
export function hour(at: Date, timeZone: string): string {
  return at.toLocaleTimeString(LOCALE, { timeZone, hour: '2-digit', minute: '2-digit' });
}

/** `Sun 23 Aug, 14:00`. */
export function weekdayHour(at: Date, timeZone: string): string {
  const day = at.toLocaleDateString(LOCALE, { timeZone, weekday: 'short', day: 'numeric', month: 'short' });
  return `${day.replace(',', '')}, ${hour(at, timeZone)}`;
}

/** `14:03:22`. */
export function clockTime(at: Date, timeZone: string): string {
  return at.toLocaleTimeString(LOCALE, { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** The name of a weekday, Monday being 0. */
export function weekday(day: number, width: 'short' | 'long'): string {
  // 5 January 1970 was a Monday.
  return new Date((4 + day) * DAY).toLocaleDateString(LOCALE, { timeZone: 'UTC', weekday: width });
}

/** The name of a month, January being 1. */
export function monthName(month: number): string {
  return new Date(Date.UTC(2024, month - 1, 15)).toLocaleDateString(LOCALE, { timeZone: 'UTC', month: 'long' });
}

/** A full hour as briefly as it can be said: `14:00`, or `2 PM` where people count to twelve. */
export function shortHour(at: Date, timeZone: string): string {
  const halves = new Intl.DateTimeFormat(LOCALE, { hour: 'numeric' }).resolvedOptions().hour12;
  return at.toLocaleTimeString(LOCALE, {
    timeZone,
    ...(halves ? { hour: 'numeric' } : { hour: '2-digit', minute: '2-digit' }),
  });
}

/** An hour of any day, `14:00`. */
export function hourOfDay(of: number): string {
  return shortHour(new Date(of * HOUR), 'UTC');
}

/** The day a week begins with where the browser's language is spoken, Monday being 0. */
export function firstWeekday(): number {
  const locale: Intl.Locale & { getWeekInfo?: () => { firstDay: number } } = new Intl.Locale(LOCALE);
  return (locale.getWeekInfo?.().firstDay ?? 1) - 1;
}

/** `23 Aug`, and the year where it is not that of `beside`. */
export function shortDay(day: Day, beside: Day): string {
  const sameYear = day.slice(0, 4) === beside.slice(0, 4);
  return noonOf(day).toLocaleDateString(LOCALE, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}

/** `Sunday, 23 August 2026`. */
export function longDay(day: Day): string {
  return noonOf(day).toLocaleDateString(LOCALE, { timeZone: 'UTC', dateStyle: 'full' });
}

/** `24 Jul – 23 Aug 2026`, as the language writes a range. */
export function dayRange(first: Day, last: Day): string {
  const format = new Intl.DateTimeFormat(LOCALE, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
  return format.formatRange(noonOf(first), noonOf(last));
}

/** How long ago, in the coarsest true unit: `just now`, `4 min ago`, `3 h ago`, `2 d ago`, then the date. */
export function ago(at: Date, now: Date): string {
  const passed = now.getTime() - at.getTime();
  if (passed < MINUTE) return m.scans.justNow;
  if (passed < HOUR) return m.scans.minutesAgo(Math.floor(passed / MINUTE));
  if (passed < DAY) return m.scans.hoursAgo(Math.floor(passed / HOUR));
  if (passed < 30 * DAY) return m.scans.daysAgo(Math.floor(passed / DAY));
  return at.toLocaleDateString(LOCALE, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** `Germany` for `DE`; the code itself when no country has it. */
export function country(code: string): string {
  try {
    return countries.of(code) ?? code;
  } catch {
    return code;
  }
}

/** `Dutch (Netherlands)` for `nl-nl`; the tag itself when it is none. */
export function language(tag: string): string {
  try {
    return languages.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** An address as a person says it: `example.com/spring` for `https://example.com/spring/`. */
export function spokenAddress(url: string): string {
  return url.replace(/^https?:\/\//i, '').replace(/^([^/?#]*)\/$/, '$1');
}
