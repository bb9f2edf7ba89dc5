import type { Scan } from './words';

/** What a reader of the feed is told. */
export interface FeedReader {
  scan(scan: Scan): void;
  /** From here on scans arrive. What came before this moment, the list tells. */
  opened(): void;
  /** Scans do not arrive until the feed opens again. */
  lost(): void;
  /** The server could not keep up with this reader: scans passed unseen. */
  gap(): void;
}

const WAIT_MS = [1_000, 2_000, 5_000, 10_000];

/**
 * Follows the feed until the returned function is called. A broken connection is the browser's to mend, with
 * the last id it saw; one that the server refused is opened again after a growing wait, or as soon as the
 * device is online.
 */
export function follow(address: string, reader: FeedReader): () => void {
  let source: EventSource | undefined;
  let refused = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const open = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(address);
    source.addEventListener('open', () => {
      refused = 0;
      reader.opened();
    });
    source.addEventListener('error', () => {
      reader.lost();
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, WAIT_MS[Math.min(refused, WAIT_MS.length - 1)]);
      refused += 1;
    });
    source.addEventListener('scan', (message) => reader.scan(JSON.parse(message.data) as Scan));
    source.addEventListener('gap', () => reader.gap());
  };
  const reopen = () => {
    if (source?.readyState !== EventSource.OPEN) open();
  };

  // A page that the browser keeps for the way back would keep one of its six connections to the server too.
  const pause = () => {
    clearTimeout(timer);
    source?.close();
  };
  const resume = (event: PageTransitionEvent) => event.persisted && open();

  window.addEventListener('online', reopen);
  window.addEventListener('pagehide', pause);
  window.addEventListener('pageshow', resume);
  open();
  return () => {
    window.removeEventListener('online', reopen);
    window.removeEventListener('pagehide', pause);
    window.removeEventListener('pageshow', resume);
    pause();
  };
}
