import { answer, client } from './client';
import { problemOf } from './problem';
import type { Export, ExportColumn, ExportRequest } from './words';

export const OBJECTS = ['scans', 'traces', 'visitors', 'links', 'report'] as const;
export type ExportObject = (typeof OBJECTS)[number];
export const FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type ExportFormat = (typeof FORMATS)[number];

/** Whether it is still being made. */
export function isUnderWay({ status }: Export): boolean {
  return status === 'EXPORT_STATUS_PENDING' || status === 'EXPORT_STATUS_RUNNING';
}

export async function listExports(): Promise<Export[]> {
  return (await answer(client.GET('/v1/x/exports'))).exports;
}

export async function exportColumns(object: ExportObject): Promise<ExportColumn[]> {
  return (await answer(client.GET('/v1/x/exports/columns', { params: { query: { object } } }))).columns;
}

export async function createExport(body: ExportRequest): Promise<Export> {
  return (await answer(client.POST('/v1/x/exports', { body }))).export;
}

export async function deleteExport(id: string): Promise<void> {
  await answer(client.DELETE('/v1/x/exports/{id}', { params: { path: { id } } }));
}

/**
 * Saves a small export at once. A large one is made in the background: then the answer is the export that was
 * begun.
 */
export async function exportNow(body: ExportRequest): Promise<Export | undefined> {
  const response = await fetch('/v1/x/exports/stream', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) {
    const problem = problemOf(response.status, await response.json(), response.headers.get('retry-after'));
    if (problem.code === 'EXPORT_TOO_LARGE') return createExport(body);
    throw problem;
  }
  save(await response.blob(), nameIn(response.headers.get('content-disposition')));
  return undefined;
}

function nameIn(disposition: string | null): string {
  return /filename="([^"]+)"/.exec(disposition ?? '')?.[1] ?? 'export';
}

function save(blob: Blob, download: string) {
  const href = URL.createObjectURL(blob);
  Object.assign(document.createElement('a'), { href, download }).click();
  URL.revokeObjectURL(href);
}

