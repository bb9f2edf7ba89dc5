import { m } from '../../messages';
import type { AuditEntry } from '../../api/words';

/** One field of an entry, in words. */
export interface Told {
  field: string;
  /** As it was; absent where it is not told. */
  before: string | undefined;
  /** As it became; absent where the thing is gone. */
  after: string | undefined;
}

/** Fields that say nothing to people, or what the entry says anyway. */
const LEFT_OUT = new Set(['id', 'workspaceId', 'createdAt', 'updatedAt', 'xRevision']);
const LONGEST = 160;

/** What differs between a thing before and after, field by field; of what was made or deleted all that it was. */
export function difference({ before, after }: Pick<AuditEntry, 'before' | 'after'>): Told[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !LEFT_OUT.has(name));
  return names
    .map((name) => ({
      field: fieldName(name),
      before: name in before ? inWords(before[name]) : undefined,
      after: name in after ? inWords(after[name]) : undefined,
    }))
    .filter((told) => !(isNothing(told.before) && isNothing(told.after)));
}

const isNothing = (text: string | undefined) => text === undefined || text === m.audit.nothing;

/** `xQrEntrypoint` is read as "qr entrypoint". */
function fieldName(name: string): string {
  const plain = name.replace(/^x(?=[A-Z])/, '').replace(/[_$]/g, ' ');
  return plain
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .trim();
}

function inWords(value: unknown): string {
  if (value === null || value === undefined || value === '') return m.audit.nothing;
  if (typeof value === 'boolean') return value ? m.audit.yes : m.audit.no;
  if (Array.isArray(value)) return value.length === 0 ? m.audit.nothing : short(value.map(inWords).join(', '));
  if (typeof value === 'object') {
    const inside = Object.entries(value).filter(([, part]) => part !== null && part !== '');
    if (inside.length === 0) return m.audit.nothing;
    return short(inside.map(([name, part]) => `${fieldName(name)}: ${inWords(part)}`).join(', '));
  }
  const text = String(value);
  // Words for programs.
  return /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(text) ? text.replaceAll('_', ' ').toLowerCase() : short(text);
}

const short = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
