import { type Filter, parseFilters, writeFilters } from './filter';
import { parseRange, type Range, USUAL_RANGE } from './range';

/** Whose scans a view counts: people (the server's default) or every answered request. */
export type Counting = 'human' | 'all';

/** What the numbers of a view are compared with: the days before, or the same days of the year before. */
export type Compared = 'before' | 'year';

/** Which scans a page shows, as its query string says. */
export interface View {
  range: Range;
  counting: Counting;
  filters: Filter[];
  compared: Compared;
}

export function parseView(query: URLSearchParams): View {
  return {
    range: parseRange(query.get('range')),
    counting: query.getAll('verdict').includes('all') ? 'all' : 'human',
    filters: parseFilters(query),
    compared: query.get('compare') === 'year' ? 'year' : 'before',
  };
}

/** The query string of a view: what stands behind a page's path, `?` included; empty for the usual view. */
export function viewSearch({
  range = USUAL_RANGE,
  counting = 'human',
  filters = [],
  compared = 'before',
}: Partial<View>): string {
  const query = new URLSearchParams();
  if (range !== USUAL_RANGE) query.append('range', range);
  if (counting === 'all') query.append('verdict', 'all');
  if (compared === 'year') query.append('compare', 'year');
  writeFilters(filters, query);
  return query.size > 0 ? `?${query}` : '';
}
