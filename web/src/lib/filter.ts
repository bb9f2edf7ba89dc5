/** What scans can be told apart by: the API's words, which are also those of the address. */
export const DIMENSIONS = [
  'country',
  'region',
  'city',
  'link',
  'tag',
  'directory',
  'domain',
  'slug',
  'action',
  'device_type',
  'device_brand',
  'device_model',
  'platform',
  'browser',
  'language',
  'network',
  'referrer',
  'visit_type',
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'outcome',
  'verdict',
  'reason',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Keeps the scans with this value; an empty value is that of scans where it is not known. */
export interface Filter {
  dimension: Dimension;
  value: string;
}

/**
 * The filters an address names, one parameter each: `country=DE&country=FR&city=Berlin`. Those of one
 * dimension are alternatives. `verdict=all` is no filter: it says whose scans a page counts (see `view.ts`).
 */
export function parseFilters(query: URLSearchParams): Filter[] {
  const filters: Filter[] = [];
  for (const dimension of DIMENSIONS) {
    for (const value of query.getAll(dimension)) {
      const filter = { dimension, value };
      if (!hasFilter(filters, filter) && !(dimension === 'verdict' && value === 'all')) filters.push(filter);
    }
  }
  return filters;
}

export function hasFilter(filters: readonly Filter[], filter: Filter): boolean {
  return filters.some((other) => sameFilter(other, filter));
}

/** With the filter where it was not, without it where it was. */
export function toggled(filters: readonly Filter[], filter: Filter): Filter[] {
  return hasFilter(filters, filter)
    ? filters.filter((other) => !sameFilter(other, filter))
    : [...filters, filter];
}

/** Filters as the API takes them: `country:DE`. */
export function wireFilters(filters: readonly Filter[]): string[] {
  return filters.map(({ dimension, value }) => `${dimension}:${value}`);
}

/** Filters from such texts, as far as a page can show them. */
export function textFilters(texts: readonly string[]): Filter[] {
  return texts.flatMap((text) => {
    const colon = text.indexOf(':');
    const dimension = DIMENSIONS.find((word) => word === text.slice(0, colon));
    return dimension ? [{ dimension, value: text.slice(colon + 1) }] : [];
  });
}

function sameFilter(one: Filter, other: Filter): boolean {
  return one.dimension === other.dimension && one.value === other.value;
}
