import createClient from 'openapi-fetch';
import { m } from '../messages';
import { Problem, problemOf } from './problem';
import type { paths } from './schema';

export const client = createClient<paths>();

/** Called when a call that needed the session is told there is none (any more). */
let onSignedOut = () => {};
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

/** Where a 401 is an answer to what was asked, not the end of a session. */
const ANSWERED_SIGNED_OUT = new Set([
  '/v1/x/session',
  '/v1/x/setup',
  '/v1/x/join',
  '/v1/x/password-reset',
  '/v1/x/account/password',
]);

client.use({
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && !ANSWERED_SIGNED_OUT.has(schemaPath)) onSignedOut();
  },
  onError() {
    return new Problem(0, m.problem.silent);
  },
});

/** The body of a good answer; anything else is thrown as a `Problem`. */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok && data !== undefined) return data;
  throw problemOf(response.status, error, response.headers.get('retry-after'));
}

/** What a call sends: parts of its path, its query, its body. */
interface Sent {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}

/**
 * A call whose shape is written down beside it, under the same rules as all others. `path` names its parts in
 * braces, as openapi.json does.
 */
export async function call<T>(
  method: 'get' | 'post' | 'put' | 'patch' | 'delete',
  path: string,
  { path: parts = {}, query = {}, body }: Sent = {},
): Promise<T> {
  const untyped = client as unknown as {
    request: (
      method: string,
      path: string,
      init: object,
    ) => Promise<{ data?: T; error?: unknown; response: Response }>;
  };
  const init = { params: { path: parts, query }, ...(body === undefined ? {} : { body }) };
  return answer(untyped.request(method, path, init));
}
