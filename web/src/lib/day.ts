/** A calendar day of the workspace, `2026-08-23`: what people mean by a date, and what the API takes. */
export type Day = string;

/** The text as a day; undefined where no calendar has it. */
export function parseDay(text: string): Day | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && dayAt(at) === text ? text : undefined;
}

/**
 * `days` later; earlier when negative. Days have no hours, so a change of the clock is none of their
 * business.
 */
export function addDays(day: Day, days: number): Day {
  const at = noonOf(day);
  at.setUTCDate(at.getUTCDate() + days);
  return dayAt(at);
}

/** The same day of another month, or that month's last. */
export function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return dayAt(new Date(Date.UTC(year, month - 1 + months, Math.min(date, last), 12)));
}

/** Days from `first` to `last`, both counted. */
export function countDays(first: Day, last: Day): number {
  return Math.round((noonOf(last).getTime() - noonOf(first).getTime()) / 86_400_000) + 1;
}

/** An instant within the day, for formatting it in UTC. */
export function noonOf(day: Day): Date {
  return new Date(`${day}T12:00:00Z`);
}

function dayAt(at: Date): Day {
  return at.toISOString().slice(0, 10);
}
