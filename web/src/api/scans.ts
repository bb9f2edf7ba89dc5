import type { Day } from '../lib/day';
import { wireFilters } from '../lib/filter';
import { daysOf } from '../lib/range';
import type { View } from '../lib/view';
import { answer, client } from './client';
import type { Link, Scan, Trace } from './words';

/**
 * Which scans a view is about: those of one link or of the whole workspace, as far as the view shows them.
 */
export interface Population extends View {
  link: string | null;
}

/** The newest scans, newest first. */
export async function latestScans(of: Population, today: Day, pageSize: number): Promise<Scan[]> {
  const { linkId, verdict, xFilters, ...days } = populationBody(of, today);
  const query = {
    ...days,
    ...(linkId === undefined ? {} : { linkId }),
    verdict,
    xFilter: xFilters,
    pageSize,
    include: ['device', 'link'],
  };
  return (await answer(client.GET('/v1/events', { params: { query } }))).json?.events ?? [];
}

/** The scans since a moment, newest first, and whether there are more than these. */
export async function scansSince(
  of: Pick<Population, 'link' | 'counting' | 'filters'>,
  since: Date,
  pageSize: number,
): Promise<{ scans: Scan[]; more: boolean }> {
  const query = {
    ...(of.link === null ? {} : { linkId: of.link }),
    startDate: since.toISOString(),
    verdict: [of.counting],
    xFilter: wireFilters(of.filters),
    pageSize,
  };
  const page = (await answer(client.GET('/v1/events', { params: { query } }))).json;
  return { scans: page?.events ?? [], more: page?.hasMore ?? false };
}

/** The link as its scans name it, deleted ones too; undefined where none was scanned yet. */
export async function linkOfScans(linkId: string): Promise<Link | undefined> {
  const query = { linkId, verdict: ['all'], pageSize: 1, include: ['link'] };
  const [scan] = (await answer(client.GET('/v1/events', { params: { query } }))).json?.events ?? [];
  return scan?.link ?? undefined;
}

/** A scan with all that is known of it. */
export async function getScan(id: string): Promise<Scan> {
  const query = { include: ['link', 'visitor'] };
  const { event } = await answer(client.GET('/v1/x/events/{id}', { params: { path: { id }, query } }));
  return event;
}

/** What a scan did in its workflow, in that order. */
export async function scanTraces(id: string): Promise<Trace[]> {
  return (await answer(client.GET('/v1/events/{id}/traces', { params: { path: { id } } }))).traces;
}

/** When the last request was answered, whoever it came from; undefined when none ever was. */
export async function lastScanAt(link: string | null): Promise<Date | undefined> {
  const query = { ...(link === null ? {} : { linkId: link }), verdict: ['all'], pageSize: 1 };
  const [last] = (await answer(client.GET('/v1/events', { params: { query } }))).json?.events ?? [];
  return last && new Date(last.scannedAt);
}

/** Where the scans of a population arrive as they happen (server-sent events). */
export function feedAddress(of: Pick<Population, 'link' | 'counting' | 'filters'>): string {
  const query = new URLSearchParams({ verdict: of.counting });
  if (of.link !== null) query.set('linkId', of.link);
  for (const filter of wireFilters(of.filters)) query.append('xFilter', filter);
  return `/v1/events/stream?${query}`;
}

/**
 * A population as the bodies of analytics take it. A range that ends today is left open: it then ends with
 * the present moment, and the days before it are compared up to the same time of day.
 */
export function populationBody(of: Population, today: Day) {
  const { first, last } = daysOf(of.range, today);
  return {
    ...(of.link === null ? {} : { linkId: of.link }),
    ...(first === undefined ? {} : { startDate: first }),
    ...(last === today ? {} : { endDate: last }),
    verdict: [of.counting],
    xFilters: wireFilters(of.filters),
  };
}
