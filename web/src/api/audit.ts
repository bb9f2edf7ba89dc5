import { answer, client } from './client';
import type { AuditEntry } from './words';

export interface AuditFilter {
  object: string;
  action: string;
  actorId: string;
  startDate: string;
  endDate: string;
}

export interface AuditPage {
  entries: AuditEntry[];
  /** How many there are on all pages. */
  total: number;
  /** Names the page of older ones; absent at the end. */
  older: string | undefined;
}

/** What is asked for of a filter: its fields that say something. */
export function asked(filter: AuditFilter): Partial<AuditFilter> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''));
}

/** Who did what to what, newest first. */
export async function listAudit(filter: AuditFilter, pageToken?: string): Promise<AuditPage> {
  const query = { ...asked(filter), pageSize: 50, ...(pageToken === undefined ? {} : { pageToken }) };
  const { entries, nextPageToken, totalCount } = await answer(client.GET('/v1/x/audit', { params: { query } }));
  return { entries, total: totalCount, older: nextPageToken || undefined };
}
