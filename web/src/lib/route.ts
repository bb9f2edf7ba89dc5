/** Where the dashboard lives on the server; Vite writes the same base into the built files. */
export const BASE = '/app/';

/** Whose scans a view counts: people (the server's default) or every answered request. */
export type Counting = 'human' | 'all';

/** What the address bar says. The URL is the state: every view can be linked, and the back button works. */
export type Route =
  | { page: 'links'; link: string | null; counting: Counting }
  | { page: 'setup'; token: string }
  | { page: 'missing' };

export function parseRoute(url: URL): Route {
  if (!`${url.pathname}/`.startsWith(BASE)) return { page: 'missing' };
  const counting: Counting = url.searchParams.get('verdict') === 'all' ? 'all' : 'human';
  const [first, second, ...rest] = url.pathname.slice(BASE.length).split('/').filter(Boolean);
  if (rest.length > 0) return { page: 'missing' };
  if (first === undefined) return { page: 'links', link: null, counting };
  if (first === 'links') return { page: 'links', link: second ? decoded(second) : null, counting };
  if (first === 'setup' && second === undefined)
    return { page: 'setup', token: url.searchParams.get('token') ?? '' };
  return { page: 'missing' };
}

/** The path of the page of links: of one link, or of the workspace when `link` is null. */
export function linksPath(link: string | null, counting: Counting = 'human'): string {
  const path = link === null ? BASE : `${BASE}links/${encodeURIComponent(link)}`;
  return counting === 'all' ? `${path}?verdict=all` : path;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
