import type { AttributeFilter, VisitorQuery } from '../api/visitors';
import { paths } from '../lib/route';
import { ATTRIBUTE_OPERATORS } from '../workflow/facts';

/** What the table of leads can be sorted by, as its address says it. */
export const SORTS = ['created', 'scans'] as const;
export type Sort = (typeof SORTS)[number];

export const USUAL: VisitorQuery = { search: '', filters: [], sort: 'created', ascending: false };

/** Filters are ANDed, each a parameter of its own: `where=plan STRING_EQUALS pro`. */
export function parseLeadQuery(query: URLSearchParams): VisitorQuery {
  const [word = '', direction] = (query.get('sort') ?? '').split('.');
  return {
    search: query.get('q') ?? '',
    filters: query.getAll('where').flatMap((text) => parseFilter(text) ?? []),
    sort: SORTS.find((sort) => sort === word) ?? USUAL.sort,
    ascending: direction === 'asc',
  };
}

export function leadsPath(to: Partial<VisitorQuery>): string {
  const { search, filters, sort, ascending } = { ...USUAL, ...to };
  const query = new URLSearchParams();
  if (search) query.set('q', search);
  for (const { key, operator, value } of filters) query.append('where', `${key} ${operator} ${value}`.trim());
  if (sort !== USUAL.sort || ascending) query.set('sort', ascending ? `${sort}.asc` : sort);
  return query.size > 0 ? `${paths.leads}?${query}` : paths.leads;
}

function parseFilter(text: string): AttributeFilter | undefined {
  const [key = '', operator = '', ...value] = text.split(' ');
  const known = ATTRIBUTE_OPERATORS.find((name) => name === operator);
  return key && known ? { key, operator: known, value: value.join(' ') } : undefined;
}

export function isWhole({ search, filters }: VisitorQuery): boolean {
  return search === '' && filters.length === 0;
}

/** The next order when a column's head is pressed: the most or newest first, then the other way. */
export function sorted(query: VisitorQuery, by: Sort): VisitorQuery {
  return { ...query, sort: by, ascending: query.sort === by ? !query.ascending : false };
}
