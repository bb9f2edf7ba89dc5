import type { Installation } from '../api/words';

type Present = Pick<Installation, 'baseUrlSource' | 'listen' | 'lanUrl'>;

/**
 * The command that makes Quietzone answer the whole network, with the port and the data it has now. A base
 * URL that was configured must be named anew; else it follows from listening on all addresses.
 */
export function serveCommand({ baseUrlSource, listen, lanUrl }: Present, dataDirectory: string): string {
  const port = /:(\d+)$/.exec(listen)?.[1] ?? '8080';
  const baseUrl = baseUrlSource === 'configuration' && lanUrl ? ` --base-url ${lanUrl}` : '';
  return `quietzone serve --data ${quoted(dataDirectory)} --listen 0.0.0.0:${port}${baseUrl}`;
}

/** A path as a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
