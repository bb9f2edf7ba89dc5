import { answer, client } from './client';
import type { Installation, System } from './words';

export function getInstallation(): Promise<Installation> {
  return answer(client.GET('/v1/x/installation'));
}

/** The refusal of a new base URL while codes with the present one are out in the world. */
export const CODES_WERE_TAKEN = 'CODES_WERE_TAKEN';

/** What codes begin with from now on. */
export function changeBaseUrl(baseUrl: string, codesTakenAcknowledged = false): Promise<Installation> {
  return answer(client.PUT('/v1/x/installation', { body: { baseUrl, codesTakenAcknowledged } }));
}

export function getSystem(): Promise<System> {
  return answer(client.GET('/v1/x/system'));
}
