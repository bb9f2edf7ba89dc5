// One place for how numbers, times and addresses read. The dashboard speaks English with day-month order and
// a 24-hour clock; times are those of the workspace, because its days are what the numbers count.
const LOCALE = 'en-GB';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const numbers = new Intl.NumberFormat(LOCALE);
const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

export function count(n: number): string {
  return numbers.format(n);
}

/** `1 scan`, `1,204 scans`. */
export function scans(n: number): string {
  return `${count(n)} ${n === 1 ? 'scan' : 'scans'}`;
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

/** How long ago, in the coarsest true unit: `just now`, `4 min ago`, `3 h ago`, `2 d ago`, then the date. */
export function ago(at: Date, now: Date): string {
  const passed = now.getTime() - at.getTime();
  if (passed < MINUTE) return 'just now';
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
  if (passed < 30 * DAY) return `${Math.floor(passed / DAY)} d ago`;
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

/** An address as a person says it: `example.com/spring` for `https://example.com/spring/`. */
export function spokenAddress(url: string): string {
  return url.replace(/^https?:\/\//i, '').replace(/^([^/?#]*)\/$/, '$1');
}
