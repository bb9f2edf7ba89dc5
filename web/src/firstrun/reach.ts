/** The command that makes Quietzone answer the whole network, with the port it has now. */
export function listenCommand(listen: string, lanUrl: string): string {
  const port = /:(\d+)$/.exec(listen)?.[1] ?? '8080';
  return `quietzone serve --listen 0.0.0.0:${port} --base-url ${lanUrl}`;
}
