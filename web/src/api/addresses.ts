import { answer, client } from './client';
import { codeImage } from './links';
import type { Address, AddressChange } from './words';

/** An address as it is now, and what its owner should know of it. */
export interface ChangedAddress {
  address: Address;
  warnings: string[];
}

/** The addresses of a link, the main one first. */
export async function listAddresses(id: string): Promise<Address[]> {
  return (await answer(client.GET('/v1/x/links/{id}/slugs', { params: { path: { id } } }))).slugs;
}

/** Gives a link another address; without a slug the server draws one. */
export async function addAddress(
  id: string,
  address: { shortlink?: string; customDomainId?: string; placement?: string },
): Promise<Address> {
  const call = client.POST('/v1/x/links/{id}/slugs', { params: { path: { id } }, body: address });
  return (await answer(call)).slug;
}

export async function changeAddress(id: string, slugId: string, body: AddressChange): Promise<ChangedAddress> {
  const path = { id, slugId };
  const call = client.PATCH('/v1/x/links/{id}/slugs/{slugId}', { params: { path }, body });
  const { slug, xWarnings } = await answer(call);
  return { address: slug, warnings: xWarnings ?? [] };
}

/** Gives an address up, for anybody to take. */
export async function releaseAddress(id: string, slugId: string): Promise<void> {
  await answer(client.DELETE('/v1/x/links/{id}/slugs/{slugId}', { params: { path: { id, slugId } } }));
}

/** Scans of a link by slug, folded as the server folds. */
export async function scansBySlug(linkId: string): Promise<Map<string, number>> {
  const body = { dimension: 'slug', linkId, limit: 250 };
  const { data } = await answer(client.POST('/v1/analytics/breakdown', { body }));
  return new Map(data.map((row) => [row.label, row.eventCount]));
}

/** The code of one address of a link. */
export function addressImage(linkId: string, slugId: string, size: number): string {
  return `${codeImage(linkId, 'svg', size)}&slugId=${encodeURIComponent(slugId)}`;
}

/** The same as a file to print. */
export function addressFile(linkId: string, slugId: string, format: 'svg' | 'png', size: number): string {
  return `${codeImage(linkId, format, size)}&slugId=${encodeURIComponent(slugId)}&download=1`;
}

/** Domains under which links answer, by id. */
export async function activeDomains(): Promise<{ id: string; name: string }[]> {
  const query = { status: 'STATUS_ACTIVE', pageSize: 200 };
  const { customDomains } = await answer(client.GET('/v1/custom-domains', { params: { query } }));
  return customDomains.map(({ id, name }) => ({ id, name }));
}
