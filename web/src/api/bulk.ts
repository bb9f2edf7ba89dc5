import { answer, client } from './client';
import type { ImportAnswer, Job, Link, LinksChange } from './words';

/** What a change of many links did. */
export interface BulkAnswer {
  count: number;
  changed: number;
  /** For taking it back; absent where nothing was changed. */
  batch: string | undefined;
}

/** Changes many links, all or none. */
export async function changeLinks(change: LinksChange): Promise<BulkAnswer> {
  const answered = await answer(client.POST('/v1/x/links/bulk', { body: change }));
  return { count: answered.count, changed: answered.changedCount, batch: answered.batchId ?? undefined };
}

/** Takes a change of many links back. */
export async function undoBatch(batchId: string): Promise<void> {
  await answer(client.POST('/v1/x/links/bulk/{batchId}/undo', { params: { path: { batchId } } }));
}

/** A link made after another. */
export async function cloneLink(id: string): Promise<Link> {
  return (await answer(client.POST('/v1/x/links/{id}/clone', { params: { path: { id } }, body: {} }))).link;
}

/** The program that a file is said to come from; nothing: it is recognised by its columns. */
export type ImportFrom = string | undefined;

/** What a file of links was read as. */
export async function lookAtTable(csv: string, from: ImportFrom): Promise<ImportAnswer> {
  return (await answer(
    client.POST('/v1/x/links/import', { body: { csv, dryRun: true, ...(from ? { from } : {}) } }),
  )) as unknown as ImportAnswer;
}

/** Makes links of a table: at once, or as a job that is told about here. */
export async function importTable(
  csv: string,
  from: ImportFrom,
  skipInvalid: boolean,
): Promise<ImportAnswer | Job> {
  return (await answer(
    client.POST('/v1/x/links/import', { body: { csv, skipInvalid, ...(from ? { from } : {}) } }),
  )) as unknown as ImportAnswer | Job;
}

export async function getJob(id: string): Promise<Job> {
  return answer(client.GET('/v1/jobs/{id}', { params: { path: { id } } }));
}

/** Folders that links can be moved to, by their paths. */
export async function listFolders(): Promise<{ id: string; path: string }[]> {
  const query = { recursive: true, pageSize: 1000 };
  const { directories } = await answer(client.GET('/v1/directories', { params: { query } }));
  return directories
    .map(({ id, path }) => ({ id, path }))
    .sort((a, b) => a.path.localeCompare(b.path));
}
