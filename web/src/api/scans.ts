import type { Counting } from '../lib/view';
import { answer, client } from './client';
import type { Scan } from './words';

/** Which scans a view is about: those of one link or of the whole workspace, of people or of everything. */
export interface Population {
  link: string | null;
  counting: Counting;
}

/** The newest scans, newest first. */
export async function latestScans(of: Population, pageSize: number): Promise<Scan[]> {
  const query = { ...asQuery(of), pageSize, include: ['device', 'link'] };
  return (await answer(client.GET('/v1/events', { params: { query } }))).json?.events ?? [];
}

/** Scans of the days `first` to `last` (both inclusive, calendar days of the workspace). */
export async function countScans(of: Population, first: string, last: string): Promise<number> {
  const query = { ...asQuery(of), startDate: first, endDate: last };
  return (await answer(client.GET('/v1/metrics/events', { params: { query } }))).totalEvents;
}

/** Scans an hour, oldest first. */
export interface HourCount {
  start: Date;
  scans: number;
}

/** The last 24 hours of the clock, the running one last. */
export async function lastDay(of: Population, now: Date): Promise<HourCount[]> {
  const body = {
    ...(of.link === null ? {} : { linkId: of.link }),
    ...(of.counting === 'all' ? { verdict: ['all'] } : {}),
    startDate: new Date(now.getTime() - 24 * 3_600_000).toISOString(),
    endDate: now.toISOString(),
    intervalInMinutes: 60,
  };
  const { timeSeries } = await answer(client.POST('/v1/timeseries/events', { body }));
  // The range touches 25 hours of the clock; the first is cut and goes.
  return timeSeries.data
    .slice(-24)
    .map((hour) => ({ start: new Date(hour.timestamp), scans: hour.eventCount }));
}

/** Where the scans of a population arrive as they happen (server-sent events). */
export function feedAddress(of: Population): string {
  const query = new URLSearchParams();
  if (of.link !== null) query.set('linkId', of.link);
  if (of.counting === 'all') query.set('verdict', 'all');
  return `/v1/events/stream?${query}`;
}

function asQuery(of: Population): { linkId?: string; verdict?: string[] } {
  return {
    ...(of.link === null ? {} : { linkId: of.link }),
    ...(of.counting === 'all' ? { verdict: ['all'] } : {}),
  };
}
