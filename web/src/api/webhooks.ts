import { answer, client } from './client';
import type { Delivery, DeliveryDetail, Webhook } from './words';

export const ACTIVE = 'WEBHOOK_STATUS_ACTIVE';
export const PAUSED = 'WEBHOOK_STATUS_PAUSED';
export const DISABLED = 'WEBHOOK_STATUS_DISABLED';

/** What a webhook can be told of: our own happenings, and kinds of steps that a scan completes. */
export const EVENTS = ['scan', 'lead', 'visitor.identified', 'link.created', 'link.updated'] as const;
export const KINDS = ['KIND_ENTRY', 'KIND_CONDITION', 'KIND_INTERACTION', 'KIND_EXIT'] as const;
export type Told = (typeof EVENTS)[number] | (typeof KINDS)[number];

/** What is asked of a webhook by its form. */
export interface WebhookWish {
  name: string;
  endpointUrl: string;
  /** Empty: of all links. */
  linkId: string;
  told: readonly string[];
}

function body({ name, endpointUrl, linkId, told }: WebhookWish) {
  return {
    name: name.trim(),
    endpointUrl: endpointUrl.trim(),
    linkId,
    xEvents: EVENTS.filter((event) => told.includes(event)),
    triggers: KINDS.filter((kind) => told.includes(kind)),
  };
}

/** What a webhook is told of; with nothing named, that is every step. */
export function toldOf({ xEvents, triggers }: Webhook): string[] {
  const named = [...xEvents, ...triggers];
  return named.length > 0 ? named : [...KINDS];
}

export async function listWebhooks(): Promise<Webhook[]> {
  const webhooks: Webhook[] = [];
  let pageToken: string | undefined;
  do {
    const query = { pageSize: 1000, ...(pageToken === undefined ? {} : { pageToken }) };
    const page = await answer(client.GET('/v1/webhooks', { params: { query } }));
    webhooks.push(...page.webhooks);
    pageToken = page.nextPageToken || undefined;
  } while (pageToken !== undefined);
  return webhooks;
}

/** The signing secret is in the answer, this once. */
export async function createWebhook(wish: WebhookWish): Promise<Webhook> {
  return (await answer(client.POST('/v1/webhooks', { body: body(wish) }))).webhook;
}

export async function changeWebhook(id: string, wish: WebhookWish): Promise<Webhook> {
  const call = client.PATCH('/v1/webhooks/{id}', { params: { path: { id } }, body: body(wish) });
  return (await answer(call)).webhook;
}

export async function setWebhookStatus(id: string, status: string): Promise<Webhook> {
  const call = client.PATCH('/v1/webhooks/{id}', { params: { path: { id } }, body: { status } });
  return (await answer(call)).webhook;
}

export async function deleteWebhook(id: string): Promise<void> {
  await answer(client.DELETE('/v1/webhooks/{id}', { params: { path: { id } } }));
}

/** The new secret is in the answer, this once. */
export async function rotateSecret(id: string): Promise<Webhook> {
  const call = client.POST('/v1/x/webhooks/{id}/rotate-secret', { params: { path: { id } } });
  return (await answer(call)).webhook;
}

export async function testWebhook(id: string): Promise<DeliveryDetail> {
  const call = client.POST('/v1/x/webhooks/{id}/test', { params: { path: { id } } });
  return (await answer(call)).delivery;
}

export interface DeliveryPage {
  deliveries: Delivery[];
  /** Names the page of older ones; absent at the end. */
  older: string | undefined;
}

export async function listDeliveries(id: string, pageToken?: string): Promise<DeliveryPage> {
  const query = { pageSize: 20, ...(pageToken === undefined ? {} : { pageToken }) };
  const page = await answer(
    client.GET('/v1/x/webhooks/{id}/deliveries', { params: { path: { id }, query } }),
  );
  return { deliveries: page.deliveries, older: page.nextPageToken || undefined };
}

export async function getDelivery(id: string, deliveryId: string): Promise<DeliveryDetail> {
  const call = client.GET('/v1/x/webhooks/{id}/deliveries/{deliveryId}', {
    params: { path: { id, deliveryId } },
  });
  return (await answer(call)).delivery;
}

export async function redeliver(id: string, deliveryId: string): Promise<DeliveryDetail> {
  const call = client.POST('/v1/x/webhooks/{id}/deliveries/{deliveryId}/redeliver', {
    params: { path: { id, deliveryId } },
  });
  return (await answer(call)).delivery;
}
