import { getContext, setContext } from 'svelte';
import type { Drawing } from '../picture/frame';

/** A panel as it leaves the page. */
export interface Copies {
  /** As a spreadsheet takes it, with what is said when that is done where there is more to say than that. */
  csv: () => Table | Promise<Table>;
  /** As a picture, between its title and its source. */
  drawing: () => Drawing | Promise<Drawing>;
  /** Lines that its licence asks for. */
  foot?: readonly string[];
}

export interface Table {
  head: readonly string[];
  rows: readonly (readonly (string | number)[])[];
  /** Rows there are, where these are not all. */
  of?: number;
  /** What `rows` leaves out, a row for all of it: with that the table adds up to the total. */
  rest?: readonly (readonly (string | number)[])[];
}

/** What is true of a whole page: days, zone, filters, and where its numbers come from. */
export interface Around {
  lines: readonly string[];
  foot: readonly string[];
}

const AROUND = Symbol('what stands around a picture');

export function tellAround(around: () => Around): void {
  setContext(AROUND, around);
}

export function around(): () => Around {
  return getContext<(() => Around) | undefined>(AROUND) ?? (() => ({ lines: [], foot: [] }));
}
