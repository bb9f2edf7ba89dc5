import { answer, client } from './client';
import type { Scan } from './words';

export interface RequestPage {
  requests: Scan[];
  /** Names the page of older ones; absent at the end. */
  older: string | undefined;
}

/** Requests of a link with their verdicts, newest first: of one verdict, or all. */
export async function listRequests(
  linkId: string,
  verdict: string,
  pageToken?: string,
): Promise<RequestPage> {
  const query = {
    linkId,
    verdict: [verdict],
    include: ['device'],
    pageSize: 25,
    ...(pageToken === undefined ? {} : { pageToken }),
  };
  const { json } = await answer(client.GET('/v1/events', { params: { query } }));
  return { requests: json?.events ?? [], older: json?.nextPageToken || undefined };
}
