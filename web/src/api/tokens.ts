import { answer, client } from './client';
import type { ApiScope, NewToken, Token } from './words';

export const SECRET = 'WORKSPACE_TOKEN_KEY_TYPE_SECRET';
export const PUBLISHABLE = 'WORKSPACE_TOKEN_KEY_TYPE_PUBLISHABLE';

export async function listTokens(): Promise<Token[]> {
  return (await answer(client.GET('/v1/workspace-tokens'))).tokens;
}

export async function listScopes(): Promise<ApiScope[]> {
  return (await answer(client.GET('/v1/api-scopes'))).scopes;
}

/** No scopes: full access. The secret is in the answer, this once. */
export function createToken(name: string, keyType: string, scopes: string[]): Promise<NewToken> {
  return answer(client.POST('/v1/workspace-tokens', { body: { name, keyType, scopes } }));
}

export async function renameToken(id: string, name: string): Promise<Token> {
  const call = client.PATCH('/v1/workspace-tokens/{id}', { params: { path: { id } }, body: { name } });
  return (await answer(call)).token;
}

export async function deleteToken(id: string): Promise<void> {
  await answer(client.DELETE('/v1/workspace-tokens/{id}', { params: { path: { id } } }));
}
