import { answer, client } from './client';
import type { Account, AccountChange } from './words';

export function getAccount(): Promise<Account> {
  return answer(client.GET('/v1/x/account'));
}

export function changeAccount(change: AccountChange): Promise<Account> {
  return answer(client.PATCH('/v1/x/account', { body: change }));
}

/** Ends every other session of the account. */
export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  await answer(client.POST('/v1/x/account/password', { body: { currentPassword, newPassword } }));
}

export async function signOutOthers(): Promise<void> {
  await answer(client.POST('/v1/x/account/sign-out-others'));
}
