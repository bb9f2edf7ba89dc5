import { answer, client } from '../api/client';
import { type Population, populationBody } from '../api/scans';
import { addDays } from '../lib/day';
import { dayOf } from '../lib/format';

/** Scans of the same weekday a week before, up to the same time on the clock of the wall. */
export async function sameWeekdayBefore(of: Population, now: Date, timeZone: string): Promise<number> {
  const today = dayOf(now, timeZone);
  const day = addDays(today, -7);
  const clock = now.toLocaleTimeString('en-GB', { timeZone, hour12: false });
  // Without an offset a time is one of the workspace's zone: an hour more or less in summer changes nothing.
  const body = { ...populationBody(of, today), startDate: day, endDate: `${day}T${clock}`, dimensions: [], limit: 1 };
  return (await answer(client.POST('/v1/x/overview', { body }))).totals.scans;
}
