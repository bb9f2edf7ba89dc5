/** Where the dashboard lives on the server; Vite writes the same base into the built files. */
export const BASE = '/app/';

/** The parts of the settings, in the order of their menu. */
export const SECTIONS = ['workspace', 'address', 'members', 'tokens', 'webhooks', 'exports', 'audit', 'account', 'places', 'privacy', 'backups', 'system'] as const;
export type Section = (typeof SECTIONS)[number];

/**
 * Which page the address bar names. What a page shows of its subject (range, filters, search) stands in the
 * query string, and the page reads it there: every view can be linked, and the back button works.
 */
export type Route =
  | { page: 'overview' }
  | { page: 'links' }
  | { page: 'link'; id: string }
  | { page: 'workflow'; id: string }
  | { page: 'design'; id: string }
  | { page: 'leads' }
  | { page: 'wall' }
  | { page: 'scan'; id: string }
  | { page: 'counting' }
  | { page: 'lead'; id: string }
  | { page: 'settings'; section: Section | undefined }
  | { page: 'setup' | 'join' | 'reset'; token: string }
  | { page: 'missing' };

export function parseRoute(url: URL): Route {
  if (!`${url.pathname}/`.startsWith(BASE)) return { page: 'missing' };
  const [first, second, ...rest] = url.pathname.slice(BASE.length).split('/').filter(Boolean);
  if (first === 'links' && second !== undefined && rest.length === 1 && rest[0] === 'workflow')
    return { page: 'workflow', id: decoded(second) };
  if (first === 'links' && second !== undefined && rest.length === 1 && rest[0] === 'design')
    return { page: 'design', id: decoded(second) };
  if (rest.length > 0) return { page: 'missing' };
  switch (first) {
    case undefined:
      return { page: 'overview' };
    case 'links':
      return second === undefined ? { page: 'links' } : { page: 'link', id: decoded(second) };
    case 'leads':
      return second === undefined ? { page: 'leads' } : { page: 'lead', id: decoded(second) };
    case 'wall':
      return second === undefined ? { page: 'wall' } : { page: 'missing' };
    case 'scans':
      return second === undefined ? { page: 'missing' } : { page: 'scan', id: decoded(second) };
    case 'counting':
      return second === undefined ? { page: 'counting' } : { page: 'missing' };
    case 'settings': {
      const section = SECTIONS.find((name) => name === second);
      return section || second === undefined ? { page: 'settings', section } : { page: 'missing' };
    }
    case 'setup':
    case 'join':
    case 'reset':
      if (second !== undefined) return { page: 'missing' };
      return { page: first, token: url.searchParams.get('token') ?? '' };
    default:
      return { page: 'missing' };
  }
}

/** The paths of the pages, without what a query string adds. */
export const paths = {
  overview: BASE,
  links: `${BASE}links`,
  link: (id: string) => `${BASE}links/${encodeURIComponent(id)}`,
  workflow: (id: string) => `${BASE}links/${encodeURIComponent(id)}/workflow`,
  design: (id: string) => `${BASE}links/${encodeURIComponent(id)}/design`,
  leads: `${BASE}leads`,
  /** Live scans for a screen on the wall. */
  wall: `${BASE}wall`,
  scan: (id: string) => `${BASE}scans/${encodeURIComponent(id)}`,
  /** How we count. */
  counting: `${BASE}counting`,
  lead: (id: string) => `${BASE}leads/${encodeURIComponent(id)}`,
  /** Without a section: their menu, which on a phone is a page of its own. */
  settings: (section?: Section) => (section ? `${BASE}settings/${section}` : `${BASE}settings`),
};

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
