import { bucketOf, comparedDays } from '../lib/range';
import type { Day } from '../lib/day';
import type { Dimension } from '../lib/filter';
import { answer, client } from './client';
import { type Population, populationBody } from './scans';
import type { Link, Overview } from './words';

/** Everything a page shows of a population, counted in one reading: its numbers agree with each other. */
export function getOverview(
  of: Population,
  today: Day,
  dimensions: readonly Dimension[],
  limit: number,
): Promise<Overview> {
  const interval = bucketOf(of.range, today);
  const body = {
    ...populationBody(of, today),
    ...(interval === undefined ? {} : { intervalInMinutes: interval }),
    dimensions: [...dimensions],
    limit,
    ...(of.compared === 'year' ? { compare: 'previous_year' } : {}),
  };
  return answer(client.POST('/v1/x/overview', { body }));
}

/**
 * Scans a bucket of the days compared with, oldest first; undefined where the range has no beginning. Whole days:
 * what is still to come today is there already.
 */
export async function previousSeries(of: Population, today: Day): Promise<number[] | undefined> {
  const days = comparedDays(of.range, of.compared, today);
  const interval = bucketOf(of.range, today);
  if (!days || interval === undefined) return undefined;
  const body = {
    ...populationBody(of, today),
    startDate: days.first,
    endDate: days.last,
    intervalInMinutes: interval,
  };
  const { timeSeries } = await answer(client.POST('/v1/timeseries/events', { body }));
  return timeSeries.data.map((bucket) => bucket.eventCount);
}

export interface SilentLinks {
  links: Link[];
  /** Those not among `links` included. */
  total: number;
}

/** Links without a counted scan since a day, the longest silent first. */
export async function silentLinks(since: Day, pageSize: number): Promise<SilentLinks> {
  const query = { xSilentSince: since, sortBy: 'xLastScanAt', sortDirection: 'SORT_DIRECTION_ASC', pageSize };
  const page = await answer(client.GET('/v1/links', { params: { query } }));
  return { links: page.links, total: page.totalCount };
}
