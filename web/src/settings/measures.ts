// Sizes, spans and ages as the settings say them.
const KILO = 1000;
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const DAY_MS = 86_400_000;

/** `6.1 MB`: decimal units, as disks are sold and as `df -H` counts. */
export function bytes(n: number, locale?: string): string {
  let power = n < KILO ? 0 : Math.min(Math.floor(Math.log10(n) / 3), UNITS.length - 1);
  // 999,999 would round up to 1,000 kB.
  if (power < UNITS.length - 1 && Number((n / KILO ** power).toPrecision(3)) >= KILO) power += 1;
  const unit = UNITS[power] ?? 'byte';
  const figure = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumSignificantDigits: power === 0 ? 21 : 3,
  });
  return figure.format(n / KILO ** power);
}

/** The two coarsest units of a span: `3 days, 4 hr`; less than a minute in seconds. */
export function span(seconds: number, locale?: string): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'day'],
    [Math.floor(whole / 3_600) % 24, 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first === 2 ? 3 : first + 2);
  const words = shown
    .filter(([n], index) => n > 0 || index === 0)
    .map(([n, unit]) =>
      new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(n),
    );
  return new Intl.ListFormat(locale, { type: 'unit', style: 'short' }).format(words);
}

/** Whole days since an instant; a clock that is ahead gives 0. */
export function daysSince(at: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - at.getTime()) / DAY_MS));
}

/** After this many days addresses have moved enough that places should be updated. */
export const STALE_AFTER_DAYS = 60;

export function isStale(builtAt: Date, now: Date): boolean {
  return daysSince(builtAt, now) > STALE_AFTER_DAYS;
}
