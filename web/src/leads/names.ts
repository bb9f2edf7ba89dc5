import type { Visitor } from '../api/visitors';
import { m } from '../messages';

/** A lead as a person: the name, else the address, else the number. */
export function leadName(visitor: Omit<Visitor, 'links'>): string {
  const name = [visitor.firstName, visitor.lastName].filter(Boolean).join(' ');
  return name || visitor.email || visitor.phone || m.leads.unnamed;
}

/** A key as it is said: the reserved ones have names. */
export function keyName(key: string): string {
  return m.leads.filter.own[key] ?? key;
}

export function firstSeen(visitor: Visitor): Date | undefined {
  return dateOf(visitor.xFirstScanAt ?? visitor.createdAt);
}

export function lastSeen(visitor: Visitor): Date | undefined {
  return dateOf(visitor.xLastScanAt ?? visitor.updatedAt);
}

function dateOf(text: string | null | undefined): Date | undefined {
  const at = new Date(text ?? '');
  return Number.isNaN(at.getTime()) ? undefined : at;
}
