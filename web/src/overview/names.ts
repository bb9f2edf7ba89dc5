import { country, hourOfDay, language, weekday } from '../lib/format';
import type { Dimension, FilterGroup, NamedDimension } from '../lib/filter';
import { m } from '../messages';

/**
 * A value of a dimension as people say it. `label` is what the server calls it, where the value itself says
 * nothing (the id of a link).
 */
export function valueName(dimension: Dimension, value: string, label?: string): string {
  const named = dimension as NamedDimension;
  if (value === '') return m.values.unknown[named] ?? m.values.unknownValue;
  switch (dimension) {
    case 'country':
      return country(value);
    case 'language':
    case 'languages':
      return language(value);
    case 'link':
      return label || m.values.link;
    case 'hour':
      return hourOfDay(Number(value));
    case 'weekday':
      return weekday(Number(value) - 1, 'long');
    case 'weekday_hour': {
      const [day, hour] = value.split(' ').map(Number);
      return `${weekday((day ?? 1) - 1, 'long')}, ${hourOfDay(hour ?? 0)}`;
    }
    default:
      return m.values.words[named]?.[value] ?? value;
  }
}

/** A filter in words: `Country is Germany or France`. */
export function filterWords(group: FilterGroup, linkName: (id: string) => string | undefined): string {
  const { dimension, test, values } = group;
  const part = test === 'contains' || test === 'contains_not';
  return m.overview.filters.words(
    m.values.dimension(dimension),
    m.values.tests[test],
    values.map((value) => (part && value !== '' ? `“${value}”` : valueName(dimension, value, linkName(value)))),
  );
}
