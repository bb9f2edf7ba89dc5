import { answer, client } from './client';
import type { Link, WorkflowStep } from './words';

export interface LinkPage {
  links: Link[];
  /** Names the page after this one; absent on the last. */
  next: string | undefined;
}

export async function listLinks(pageToken?: string): Promise<LinkPage> {
  const query = { pageSize: 50, ...(pageToken === undefined ? {} : { pageToken }) };
  const page = await answer(client.GET('/v1/links', { params: { query } }));
  return { links: page.links, next: page.nextPageToken || undefined };
}

export async function getLink(id: string): Promise<Link> {
  return (await answer(client.GET('/v1/links/{id}', { params: { path: { id } } }))).link;
}

export async function createLink(destination: string): Promise<Link> {
  return (await answer(client.POST('/v1/links', { body: { destination } }))).link;
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

function redirectOf(step: WorkflowStep): Redirect | undefined {
  const payload: { clientRedirect?: { destination?: unknown } } = step.payload;
  const destination = payload.clientRedirect?.destination;
  return typeof destination === 'string' ? { stepId: step.id, destination } : undefined;
}

/** A link's code as the server draws it. `size` is its width in pixels, the quiet zone included. */
export function codeImage(linkId: string, format: 'svg' | 'png', size: number): string {
  return `/v1/links/${encodeURIComponent(linkId)}/qrcode.${format}?size=${size}`;
}
