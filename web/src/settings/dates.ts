/** The calendar day of an instant, as the reader writes dates: `21 Aug 2026`. */
export function date(at: string, timeZone: string): string {
  return new Date(at).toLocaleDateString(undefined, { timeZone, dateStyle: 'medium' });
}

/** With the time: `21 Aug 2026, 14:03`. */
export function dateAndTime(at: string, timeZone: string): string {
  return new Date(at).toLocaleString(undefined, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
}
