import { follow } from '../api/feed';
import { asProblem, type Problem } from '../api/problem';
import { feedAddress, latestScans, type Population, scansSince } from '../api/scans';
import type { Scan } from '../api/words';
import { dayOf } from '../lib/format';
import { paced } from '../lib/paced';
import { isOpen } from '../lib/range';
import { mergeScans } from '../lib/scan';
import { NOW_MS, type OnNow, Recent } from './onNow';

/** Rows of the list: what one reads at a glance, and what a burst of scans may cost the page. */
export const SHOWN = 50;

/** How often the list is read while scans come too fast to be told one by one. */
const LIST_EVERY_MS = 1_000;

/** Scans of the last minutes that are read at most. */
const RECENT = 1_000;

/**
 * The scans of a population as they arrive. While somebody reads the list it is `held`: what comes waits,
 * counted, until it is let in.
 */
export class LiveScans {
  feed: 'opening' | 'live' | 'lost' = $state('opening');
  /** Newest first; undefined until they were read. */
  list: Scan[] | undefined = $state.raw();
  /** Ids of the scans that came while the page was open. */
  arrived: ReadonlySet<string> = $state.raw(new Set<string>());
  /** Scans that wait to be let in. */
  waiting: Scan[] = $state.raw([]);
  problem: Problem | undefined = $state.raw();
  /** Who was here in the last minutes; undefined while that is not known: before it was read, or when it is too much. */
  now: OnNow | undefined = $state.raw();

  readonly #of: Population;
  readonly #timeZone: string;
  readonly #onArrival: (scannedAt?: Date) => void;
  #heard: Scan[] = [];
  #frame = 0;
  #held = false;
  #recent = new Recent();
  #complete = false;
  /** Milliseconds that the server's clock is ahead of this one. */
  #ahead = 0;
  #expiry: ReturnType<typeof setTimeout> | undefined;

  /**
   * `onArrival` is called when numbers may have changed: a scan came, of that moment, or the feed opened
   * again.
   */
  constructor(of: Population, timeZone: string, onArrival: (scannedAt?: Date) => void) {
    this.#of = of;
    this.#timeZone = timeZone;
    this.#onArrival = onArrival;
  }

  /** Follows the scans until the returned function is called. */
  start(): () => void {
    const list = paced(() => this.#readList(), LIST_EVERY_MS);
    const recent = paced(() => this.#readRecent(), 1_000);
    // The list is read once the feed is open: a scan between the two is then heard, read, or both, but never
    // neither.
    const unfollow = follow(feedAddress(this.#of), {
      opened: () => {
        this.feed = 'live';
        list.ask();
        recent.ask();
        this.#onArrival();
      },
      lost: () => {
        this.feed = 'lost';
        this.#complete = false;
        if (this.list === undefined) list.ask();
      },
      gap: () => {
        list.ask();
        recent.ask();
        this.#onArrival();
      },
      scan: (scan) => {
        this.#heard.push(scan);
        this.#frame ||= requestAnimationFrame(() => this.#showHeard());
      },
    });
    return () => {
      unfollow();
      cancelAnimationFrame(this.#frame);
      clearTimeout(this.#expiry);
      list.stop();
      recent.stop();
    };
  }

  /** While held, the list does not move under the eyes of whoever reads it. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.letIn();
  }

  letIn(): void {
    if (this.waiting.length === 0) return;
    const waiting = this.waiting;
    this.waiting = [];
    this.#take(waiting);
  }

  /** All that was heard since the last frame, in one change of the page. */
  #showHeard(): void {
    const heard = this.#heard;
    this.#heard = [];
    this.#frame = 0;
    const newest = Math.max(...heard.map((scan) => Date.parse(scan.scannedAt)));
    this.#ahead = newest - Date.now();
    this.#recent.add(heard);
    this.#countNow();
    // Scans of this moment are no part of a range that is over.
    if (isOpen(this.#of.range, dayOf(new Date(), this.#timeZone))) {
      if (this.#held) this.waiting = mergeScans(this.waiting, heard, SHOWN);
      else this.#take(heard);
    }
    this.#onArrival(new Date(newest));
  }

  /** Who is here now, until the first of them is no longer. */
  #countNow(): void {
    clearTimeout(this.#expiry);
    const now = Date.now() + this.#ahead;
    const counted = this.#recent.at(now);
    this.now = this.#complete ? counted : undefined;
    if (counted.until !== undefined) {
      this.#expiry = setTimeout(() => this.#countNow(), Math.max(250, counted.until - now));
    }
  }

  async #readRecent(): Promise<void> {
    try {
      const since = new Date(Date.now() + this.#ahead - NOW_MS);
      const { scans, more } = await scansSince(this.#of, since, RECENT);
      this.#recent.add(scans);
      this.#complete = !more;
    } catch {
      // The page says that its numbers could not be read; this one is left out with them.
      this.#complete = false;
    }
    this.#countNow();
  }

  #take(scans: Scan[]): void {
    this.list = mergeScans(this.list ?? [], scans, SHOWN);
    this.arrived = new Set(scans.map((scan) => scan.id));
  }

  async #readList(): Promise<void> {
    const today = dayOf(new Date(), this.#timeZone);
    try {
      this.list = mergeScans(this.list ?? [], await latestScans(this.#of, today, SHOWN), SHOWN);
      this.problem = undefined;
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }
}
