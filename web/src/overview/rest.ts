import type { OverviewCounts } from '../api/words';
import { m } from '../messages';

// A list that is shown in part ends with one row for all that it leaves out: so it adds up to the total.

/** Values that a list leaves out: how many there are, and what they count together. */
export interface Rest {
  values: number;
  scans: number;
  visitors: number;
}

/** What a list of rows leaves out; undefined where it is whole. */
export function restOf(
  list: { rows: readonly unknown[]; groups: number; other: Pick<OverviewCounts, 'scans' | 'visitors'> } | undefined,
): Rest | undefined {
  if (!list || list.groups <= list.rows.length) return undefined;
  const { scans, visitors } = list.other;
  return { values: list.groups - list.rows.length, scans, visitors };
}

/** `(other) 6,091 more`. */
export const restName = ({ values }: Rest): string => m.overview.breakdown.other(values);
