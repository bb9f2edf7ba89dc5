import { answer, client } from './client';
import type { Invite, Member, NewInvite, OneTimeLink } from './words';

/** Who has come in; {@link listInvites} lists who may yet. */
export async function listMembers(): Promise<Member[]> {
  const { members } = await answer(client.GET('/v1/members'));
  return members.filter(({ xInvited }) => !xInvited);
}

export async function changeRole(id: string, role: string): Promise<void> {
  await answer(client.PUT('/v1/members/{id}', { params: { path: { id } }, body: { role } }));
}

export async function removeMember(id: string): Promise<void> {
  await answer(client.DELETE('/v1/members/{id}', { params: { path: { id } } }));
}

/** A link with which the member chooses a new password. */
export function passwordResetLink(id: string): Promise<OneTimeLink> {
  return answer(client.POST('/v1/x/members/{id}/password-reset', { params: { path: { id } } }));
}

export async function listInvites(): Promise<Invite[]> {
  return (await answer(client.GET('/v1/x/invites'))).invites;
}

export function invite(email: string, role: string): Promise<NewInvite> {
  return answer(client.POST('/v1/x/invites', { body: { email, role } }));
}

export async function revokeInvite(id: string): Promise<void> {
  await answer(client.DELETE('/v1/x/invites/{id}', { params: { path: { id } } }));
}
