/** Whose scans a view counts: people (the server's default) or every answered request. */
export type Counting = 'human' | 'all';

/** Which scans a page shows, as its query string says. */
export interface View {
  counting: Counting;
}

export function parseView(query: URLSearchParams): View {
  return { counting: query.get('verdict') === 'all' ? 'all' : 'human' };
}

/** The query string of a view: what stands behind a page's path, `?` included; empty for the usual view. */
export function viewSearch(view: View): string {
  return view.counting === 'all' ? '?verdict=all' : '';
}
