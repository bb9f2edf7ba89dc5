import { country, language } from '../lib/format';
import type { Dimension } from '../lib/filter';
import { m } from '../messages';

/**
 * A value of a dimension as people say it. `label` is what the server calls it, where the value itself says
 * nothing (the id of a link).
 */
export function valueName(dimension: Dimension, value: string, label?: string): string {
  if (value === '') return m.values.unknown[dimension] ?? m.values.unknownValue;
  switch (dimension) {
    case 'country':
      return country(value);
    case 'language':
      return language(value);
    case 'link':
      return label || m.values.link;
    default:
      return m.values.words[dimension]?.[value] ?? value;
  }
}
