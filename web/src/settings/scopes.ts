import type { ApiScope } from '../api/words';

/** What a token may do with one resource. */
export interface Resource {
  resource: string;
  /** The API's words for it: `links, tags, directories`. */
  about: string;
  /** The scopes of the two columns; a resource may have only one. */
  read: string | undefined;
  write: string | undefined;
}

/** The scopes as a table: one row a resource, in the API's order. */
export function byResource(scopes: readonly ApiScope[]): Resource[] {
  const rows = new Map<string, Resource>();
  for (const scope of scopes) {
    const about = scope.description.replace(/^Read( and change)? /, '');
    const row = rows.get(scope.resource) ?? {
      resource: scope.resource,
      about,
      read: undefined,
      write: undefined,
    };
    if (scope.access.endsWith('_READ')) row.read = scope.scope;
    else row.write = scope.scope;
    rows.set(scope.resource, row);
  }
  return [...rows.values()];
}

/** The chosen scopes without the read scopes that a chosen write scope holds already. */
export function leastScopes(rows: readonly Resource[], chosen: ReadonlySet<string>): string[] {
  return rows.flatMap(({ read, write }) => {
    if (write !== undefined && chosen.has(write)) return [write];
    return read !== undefined && chosen.has(read) ? [read] : [];
  });
}

/** A token's scopes in one line, resources in the API's order: `read: links, analytics; change: media`. */
export function scopeSummary(scopes: readonly string[]): { read: string[]; write: string[] } {
  const summary = { read: [] as string[], write: [] as string[] };
  for (const scope of scopes) {
    const match = /^API_SCOPE_(.+)_(READ|WRITE)$/.exec(scope);
    if (match?.[1] === undefined) continue;
    summary[match[2] === 'READ' ? 'read' : 'write'].push(match[1].toLowerCase().replaceAll('_', ' '));
  }
  summary.read = summary.read.filter((resource) => !summary.write.includes(resource));
  return summary;
}
