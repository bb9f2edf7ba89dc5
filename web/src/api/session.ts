import { answer, client } from './client';
import type { Session, SetupState } from './words';

export function getSession(): Promise<Session> {
  return answer(client.GET('/v1/x/session'));
}

export function signIn(email: string, password: string): Promise<Session> {
  return answer(client.POST('/v1/x/session', { body: { email, password } }));
}

export async function signOut(): Promise<void> {
  await answer(client.DELETE('/v1/x/session'));
}

/**
 * What a set-up asks for. Throws when the token opens none: it was used, or the server has an owner already.
 */
export function readSetup(token: string): Promise<SetupState> {
  return answer(client.GET('/v1/x/setup', { params: { query: { token } } }));
}

export interface Setup {
  token: string;
  email: string;
  password: string;
  /** Absent where the demo's workspace is there already. */
  workspaceName?: string;
  timezone?: string;
}

export function setUp(setup: Setup): Promise<Session> {
  return answer(client.POST('/v1/x/setup', { body: setup }));
}
