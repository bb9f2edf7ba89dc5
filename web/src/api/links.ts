import type { LinkQuery, Sort } from '../links/query';
import { answer, client } from './client';
import type { Link, LinkChange, LinkDestination, WorkflowStep } from './words';

export interface LinkPage {
  links: Link[];
  /** Links on all pages. */
  total: number;
  /** Names the page after this one; absent on the last. */
  next: string | undefined;
}

/** Links asked for at a time: as many as their activity can be asked for at once. */
const PAGE = 50;

const SORT_FIELDS: Record<Sort, string> = {
  created: 'LINK_SORT_FIELD_CREATED_AT',
  name: 'LINK_SORT_FIELD_NAME',
  scans: 'LINK_SORT_FIELD_EVENT_COUNT',
  last: 'xLastScanAt',
};

/** A page of links. `silentSince` is the day before which their last scan must lie. */
export async function listLinks(of: LinkQuery, silentSince?: string, pageToken?: string): Promise<LinkPage> {
  const query = {
    pageSize: PAGE,
    include: ['tags'],
    ...(of.trash
      ? { xTrash: true }
      : {
          sortBy: SORT_FIELDS[of.sort],
          sortDirection: of.ascending ? 'SORT_DIRECTION_ASC' : 'SORT_DIRECTION_DESC',
        }),
    ...(of.away ? { xArchived: 'true' } : {}),
    ...(of.search ? { search: of.search } : {}),
    ...(of.tag ? { tags: [of.tag] } : {}),
    ...(silentSince === undefined ? {} : { xSilentSince: silentSince }),
    ...(pageToken === undefined ? {} : { pageToken }),
  };
  const page = await answer(client.GET('/v1/links', { params: { query } }));
  return { links: page.links, total: page.totalCount, next: page.nextPageToken || undefined };
}

/** Links whose name or short address holds a text. */
export async function searchLinks(search: string, pageSize: number): Promise<Link[]> {
  const query = { search, pageSize, sortBy: 'xLastScanAt' };
  return (await answer(client.GET('/v1/links', { params: { query } }))).links;
}

/** Links to choose one from, those that were scanned last first, and the one that is chosen. */
export async function linkChoices(chosen: string): Promise<Link[]> {
  const links = await searchLinks('', 200);
  if (chosen === '' || links.some(({ id }) => id === chosen)) return links;
  return [...links, await getLink(chosen)];
}

/** Scans a day of each link, oldest first, today last. */
export async function linksActivity(linkIds: string[], days: number): Promise<Record<string, number[]>> {
  if (linkIds.length === 0) return {};
  return (await answer(client.POST('/v1/x/links/activity', { body: { linkIds, days } }))).links;
}

export async function getLink(id: string): Promise<Link> {
  const params = { path: { id }, query: { include: ['tags'] } };
  return (await answer(client.GET('/v1/links/{id}', { params }))).link;
}

export async function createLink(destination: string): Promise<Link> {
  return (await answer(client.POST('/v1/links', { body: { destination } }))).link;
}

export async function updateLink(id: string, change: LinkChange): Promise<Link> {
  return (await answer(client.PATCH('/v1/links/{id}', { params: { path: { id } }, body: change }))).link;
}

export async function deleteLink(id: string): Promise<void> {
  await answer(client.DELETE('/v1/links/{id}', { params: { path: { id } } }));
}

export async function restoreLink(id: string): Promise<Link> {
  return (await answer(client.POST('/v1/x/links/{id}/restore', { params: { path: { id } } }))).link;
}

/** The step that sends a link's visitors on, and where to; absent when a link's workflow ends otherwise. */
export interface Redirect {
  stepId: string;
  destination: string;
}

export async function getRedirect(linkId: string): Promise<Redirect | undefined> {
  const call = client.GET('/v1/links/{linkId}/workflow-steps', { params: { path: { linkId } } });
  return (await answer(call)).workflowSteps.map(redirectOf).find((redirect) => redirect !== undefined);
}

export async function changeDestination(
  linkId: string,
  stepId: string,
  destination: string,
): Promise<Redirect> {
  const call = client.PATCH('/v1/links/{linkId}/workflow-steps/{id}', {
    params: { path: { linkId, id: stepId } },
    body: { payload: { clientRedirect: { destination } } },
  });
  return redirectOf((await answer(call)).workflowStep) ?? { stepId, destination };
}

/** Where a link leads and has led, newest first. */
export async function listDestinations(id: string): Promise<LinkDestination[]> {
  const call = client.GET('/v1/x/links/{id}/destinations', { params: { path: { id } } });
  return (await answer(call)).destinations;
}

function redirectOf(step: WorkflowStep): Redirect | undefined {
  const payload: { clientRedirect?: { destination?: unknown } } = step.payload;
  const destination = payload.clientRedirect?.destination;
  return typeof destination === 'string' ? { stepId: step.id, destination } : undefined;
}

/** A link's code as the server draws it. `size` is its width in pixels, the quiet zone included. */
export function codeImage(linkId: string, format: 'svg' | 'png', size: number): string {
  return `/v1/links/${encodeURIComponent(linkId)}/qrcode.${format}?size=${size}`;
}

/** The same as a file to keep: the server counts it as taken, since it may end up in print. */
export function codeFile(linkId: string, format: 'svg' | 'png', size: number): string {
  return `${codeImage(linkId, format, size)}&download=1`;
}
