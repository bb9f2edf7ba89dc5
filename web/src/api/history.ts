import { answer, client } from './client';
import type { HistoryEntry, Link } from './words';

export interface HistoryPage {
  entries: HistoryEntry[];
  /** Names the page of older ones; absent at the end. */
  older: string | undefined;
}

/** What was changed of a link, newest first. */
export async function listHistory(id: string, pageToken?: string): Promise<HistoryPage> {
  const query = { pageSize: 20, ...(pageToken === undefined ? {} : { pageToken }) };
  const call = client.GET('/v1/x/links/{id}/history', { params: { path: { id }, query } });
  const { entries, nextPageToken } = await answer(call);
  return { entries, older: nextPageToken || undefined };
}

/** A link that went back: what was noted of it, and what could not be had back. */
export interface WentBack {
  link: Link;
  entryId: string | undefined;
  warnings: string[];
}

/** Makes a link what it was right after a change. */
export async function restoreEntry(id: string, entryId: string): Promise<WentBack> {
  const params = { path: { id, entryId } };
  return wentBack(await answer(client.POST('/v1/x/links/{id}/history/{entryId}/restore', { params })));
}

/** Takes one change back. */
export async function undoEntry(id: string, entryId: string): Promise<WentBack> {
  const params = { path: { id, entryId } };
  return wentBack(await answer(client.POST('/v1/x/links/{id}/history/{entryId}/undo', { params })));
}

function wentBack(answered: { link: Link; entryId?: string | null; xWarnings: string[] }): WentBack {
  return { link: answered.link, entryId: answered.entryId ?? undefined, warnings: answered.xWarnings };
}
