import { answer, client } from './client';
import type { Invitation, JoinRequest, PasswordReset, Session } from './words';

/** What an invitation is to; throws when its link has ended. */
export function readInvitation(token: string): Promise<Invitation> {
  return answer(client.GET('/v1/x/join', { params: { query: { token } } }));
}

export function join(request: JoinRequest): Promise<Session> {
  return answer(client.POST('/v1/x/join', { body: request }));
}

/** Whose password a link resets; throws when the link has ended. */
export function readPasswordReset(token: string): Promise<PasswordReset> {
  return answer(client.GET('/v1/x/password-reset', { params: { query: { token } } }));
}

export function resetPassword(token: string, password: string): Promise<Session> {
  return answer(client.POST('/v1/x/password-reset', { body: { token, password } }));
}
