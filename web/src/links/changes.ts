import type { FieldChange, HistoryEntry } from '../api/words';
import { spokenAddress } from '../lib/format';
import { m } from '../messages';

/** A change in words: which field, how it was, how it became. */
export interface Told {
  field: string;
  /** Absent where only that it changed can be said. */
  before?: string;
  after: string;
}

const words = m.links.history;

/** Fields whose values are documents: that they differ is all that a line can say. */
const DOCUMENTS = new Set(['qrcodeDesign', 'pageTheme', 'metadata', 'directoryId', 'customDomainId']);

/** What an entry changed, in words. `day` writes an instant. */
export function tell(entry: HistoryEntry, day: (at: string) => string): Told[] {
  const led = entry.changes.some((change) => change.field === 'xDestination');
  return entry.changes
    .filter((change) => !(change.field === 'xWorkflowVersion' && led))
    .flatMap((change) => toldOf(change, entry, day));
}

function toldOf(change: FieldChange, entry: HistoryEntry, day: (at: string) => string): Told[] {
  const field = words.fields[change.field] ?? change.field;
  if (change.field === 'xSlugs') return slugs(change).map((after) => ({ field, after }));
  if (entry.action === 'created') {
    const after = said(change.field, change.after, day);
    return after === words.nothing ? [] : [{ field, after }];
  }
  if (DOCUMENTS.has(change.field)) return [{ field, after: words.changed }];
  return [{ field, before: said(change.field, change.before, day), after: said(change.field, change.after, day) }];
}

function said(field: string, value: unknown, day: (at: string) => string): string {
  if (value === null || value === undefined || value === '') return words.nothing;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (Array.isArray(value)) return value.length === 0 ? words.nothing : value.map(String).join(', ');
  if (typeof value === 'object') return words.changed;
  if (field === 'xWorkflowVersion') return words.version(Number(value));
  if (field === 'expiresAt' || field === 'xStartsAt') return day(String(value));
  if (field === 'shortlink') return `/${String(value)}`;
  return spokenAddress(String(value));
}

interface Placed {
  shortlink: string;
  customDomainId: string | null;
  placement: string;
  live: boolean;
}

/** What happened to the addresses of a link. */
function slugs(change: FieldChange): string[] {
  const before = placed(change.before);
  const after = placed(change.after);
  const key = (slug: Placed) => `${slug.customDomainId ?? ''}/${slug.shortlink.toLowerCase()}`;
  const found = (list: Placed[], slug: Placed) => list.find((other) => key(other) === key(slug));
  return [
    ...after.flatMap((slug) => {
      const was = found(before, slug);
      if (!was) return [words.slugs.added(slug.shortlink)];
      const said = [];
      if (was.live !== slug.live)
        said.push(slug.live ? words.slugs.started(slug.shortlink) : words.slugs.stopped(slug.shortlink));
      if (was.placement !== slug.placement)
        said.push(
          slug.placement
            ? words.slugs.placed(slug.shortlink, slug.placement)
            : words.slugs.unplaced(slug.shortlink),
        );
      return said;
    }),
    ...before.filter((slug) => !found(after, slug)).map((slug) => words.slugs.gone(slug.shortlink)),
  ];
}

function placed(value: unknown): Placed[] {
  return Array.isArray(value) ? (value as Placed[]) : [];
}
