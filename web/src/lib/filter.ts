/** What scans can be told apart by: the API's words, which are also those of the address. */
export const DIMENSIONS = [
  'country',
  'region',
  'city',
  'timezone',
  'link',
  'tag',
  'directory',
  'domain',
  'slug',
  'campaign',
  'action',
  'device_type',
  'device_brand',
  'device_model',
  'platform',
  'platform_version',
  'browser',
  'browser_version',
  'language',
  'languages',
  'network',
  'asn',
  'address_class',
  'shared_network',
  'privacy_signal',
  'referrer',
  'visit_type',
  'identity',
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'parameter',
  'hour',
  'weekday',
  'weekday_hour',
  'outcome',
  'status',
  'method',
  'workflow_version',
  'verdict',
  'reason',
] as const;
export type NamedDimension = (typeof DIMENSIONS)[number];
/** `parameter:table` is the value of the parameter of that name. */
export type Dimension = NamedDimension | `parameter:${string}`;

/** What is asked of a value; the API writes it behind the dimension. */
export const TESTS = { is: '', is_not: '!', contains: '~', contains_not: '!~' } as const;
export type Test = keyof typeof TESTS;

/** Keeps the scans of which this holds; an empty value is that of scans where it is not known. */
export interface Filter {
  dimension: Dimension;
  /** `is` when absent. */
  test?: Test;
  value: string;
}

/** Filters of one dimension and test: any of the values will do. */
export interface FilterGroup {
  dimension: Dimension;
  test: Test;
  values: string[];
}

export const testOf = (filter: Filter): Test => filter.test ?? 'is';

/** How a filter is spelled without its value: `country`, `city~`, `tag!`. */
const keyOf = (filter: Filter) => filter.dimension + TESTS[testOf(filter)];

function dimensionOf(word: string): Dimension | undefined {
  if (/^parameter:./.test(word)) return word as Dimension;
  return DIMENSIONS.find((known) => known === word);
}

/** What a key such as `city!~` asks. */
function readKey(key: string): { dimension: Dimension; test: Test } | undefined {
  // Longest first: what ends in both signs does not ask for one of them.
  for (const test of ['contains_not', 'contains', 'is_not', 'is'] as const) {
    if (!key.endsWith(TESTS[test])) continue;
    const dimension = dimensionOf(key.slice(0, key.length - TESTS[test].length));
    return dimension && { dimension, test };
  }
  return undefined;
}

const filterOf = (dimension: Dimension, test: Test, value: string): Filter =>
  test === 'is' ? { dimension, value } : { dimension, test, value };

/**
 * The filters an address names, one parameter each: `country=DE&country=FR&city~=Berlin`. Those of one
 * dimension and test are alternatives. `verdict=all` is no filter: it says whose scans a page counts (see `view.ts`).
 */
export function parseFilters(query: URLSearchParams): Filter[] {
  const filters: Filter[] = [];
  for (const [key, value] of query) {
    const read = readKey(key);
    if (!read || (key === 'verdict' && value === 'all')) continue;
    const filter = filterOf(read.dimension, read.test, value);
    if (!hasFilter(filters, filter)) filters.push(filter);
  }
  // In whichever order an address names them, the page is the same.
  const rank = ({ dimension }: Filter) => DIMENSIONS.indexOf(dimension as NamedDimension);
  return filters.toSorted((one, other) => rank(one) - rank(other));
}

/** Puts filters into an address. */
export function writeFilters(filters: readonly Filter[], query: URLSearchParams): void {
  for (const filter of filters) query.append(keyOf(filter), filter.value);
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

/** Filters as they are read: those of one dimension and test together. */
export function grouped(filters: readonly Filter[]): FilterGroup[] {
  const groups = new Map<string, FilterGroup>();
  for (const filter of filters) {
    const { dimension, value } = filter;
    const group = groups.get(keyOf(filter));
    if (group) group.values.push(value);
    else groups.set(keyOf(filter), { dimension, test: testOf(filter), values: [value] });
  }
  return [...groups.values()];
}

/** With `group` in place of those of `before`, which may be none; without values it is taken away. */
export function regrouped(
  filters: readonly Filter[],
  before: FilterGroup | undefined,
  group: FilterGroup,
): Filter[] {
  const isOf = (of: FilterGroup | undefined) => (filter: Filter) =>
    filter.dimension === of?.dimension && testOf(filter) === of.test;
  const kept = filters.filter((filter) => !isOf(before)(filter));
  return group.values
    .map((value) => filterOf(group.dimension, group.test, value))
    .reduce((all, filter) => (hasFilter(all, filter) ? all : [...all, filter]), kept);
}

/** Verdicts that filters ask for besides people's: where a page counts people only, these have no scan. */
export function beyondPeople(filters: readonly Filter[]): string[] {
  return filters
    .filter(({ dimension, test = 'is', value }) => dimension === 'verdict' && test === 'is' && value !== 'human')
    .map(({ value }) => value);
}

/** Filters as the API takes them: `country:DE`, `city~:dorf`. */
export function wireFilters(filters: readonly Filter[]): string[] {
  return filters.map((filter) => `${keyOf(filter)}:${filter.value}`);
}

/** Filters from such texts, as far as a page can show them. */
export function textFilters(texts: readonly string[]): Filter[] {
  return texts.flatMap((text) => {
    const from = text.startsWith('parameter:') ? 'parameter:'.length : 0;
    const colon = text.indexOf(':', from);
    const read = colon < 0 ? undefined : readKey(text.slice(0, colon));
    return read ? [filterOf(read.dimension, read.test, text.slice(colon + 1))] : [];
  });
}

function sameFilter(one: Filter, other: Filter): boolean {
  return keyOf(one) === keyOf(other) && one.value === other.value;
}
