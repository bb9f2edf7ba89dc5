import { paths } from '../lib/route';

/** What the table of links can be sorted by, as its address says it. */
export const SORTS = ['created', 'name', 'scans', 'last'] as const;
export type Sort = (typeof SORTS)[number];

/** For how many days a link may be asked to have been silent. */
export const SILENCES = [7, 30, 90] as const;

/** Which links the table shows. */
export interface LinkQuery {
  search: string;
  tag: string;
  /** Only links without a scan for so many days; 0: all. */
  silent: number;
  sort: Sort;
  ascending: boolean;
  /** Those that were put away, in place of those in use. */
  away: boolean;
  trash: boolean;
}

export const USUAL: LinkQuery = {
  search: '',
  tag: '',
  silent: 0,
  sort: 'created',
  ascending: false,
  away: false,
  trash: false,
};

export function parseLinkQuery(query: URLSearchParams): LinkQuery {
  const [word = '', direction] = (query.get('sort') ?? '').split('.');
  const silent = Number(query.get('silent'));
  return {
    search: query.get('q') ?? '',
    tag: query.get('tag') ?? '',
    silent: SILENCES.find((days) => days === silent) ?? 0,
    sort: SORTS.find((sort) => sort === word) ?? USUAL.sort,
    ascending: direction === 'asc',
    away: query.has('away'),
    trash: query.has('trash'),
  };
}

/** The path of the table with these links in it. */
export function linksPath(to: Partial<LinkQuery>): string {
  const { search, tag, silent, sort, ascending, away, trash } = { ...USUAL, ...to };
  if (trash) return `${paths.links}?trash=1`;
  const query = new URLSearchParams();
  if (search) query.set('q', search);
  if (tag) query.set('tag', tag);
  if (silent) query.set('silent', String(silent));
  if (away) query.set('away', '1');
  if (sort !== USUAL.sort || ascending) query.set('sort', ascending ? `${sort}.asc` : sort);
  return query.size > 0 ? `${paths.links}?${query}` : paths.links;
}

/** The next order when a column's head is pressed: the one a column is wanted in first, then the other. */
export function sorted(query: LinkQuery, by: Sort): LinkQuery {
  const wanted = by === 'name';
  return { ...query, sort: by, ascending: query.sort === by ? !query.ascending : wanted };
}

/** Whether the table shows all links that were put away. */
export function isAway(query: LinkQuery): boolean {
  return query.away && isWhole({ ...query, away: false });
}

/** Whether the table shows all links there are. */
export function isWhole(query: LinkQuery): boolean {
  return !query.search && !query.tag && !query.silent && !query.away && !query.trash;
}
