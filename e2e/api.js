// The API with the token of the unattended start: for what a story needs and does not tell of.
import { API_TOKEN, until } from './quietzone.js';

/** Answers the body; anything but success throws. */
export async function ask(base, method, path, body, token = API_TOKEN) {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

export async function makeLink(base, destination, more = {}) {
  return (await ask(base, 'POST', '/v1/links', { destination, ...more })).link;
}

/** The link that an invited person is sent. */
export async function invite(base, email, role, token) {
  return (await ask(base, 'POST', '/v1/x/invites', { email, role }, token)).url;
}

/** Resolves once a link's own count, which follows a scan within two seconds, is this. */
export async function isCounted(base, id, scans) {
  await until(async () => (await ask(base, 'GET', `/v1/links/${id}`)).link.eventCount === scans);
}
