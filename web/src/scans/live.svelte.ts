import { follow } from '../api/feed';
import { asProblem, type Problem } from '../api/problem';
import { feedAddress, latestScans, type Population } from '../api/scans';
import type { Scan } from '../api/words';
import { dayOf } from '../lib/format';
import { paced } from '../lib/paced';
import { isOpen } from '../lib/range';
import { mergeScans } from '../lib/scan';

/** Rows of the list: what one reads at a glance, and what a burst of scans may cost the page. */
export const SHOWN = 50;

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

  readonly #of: Population;
  readonly #timeZone: string;
  readonly #onArrival: (scannedAt?: Date) => void;
  #heard: Scan[] = [];
  #frame = 0;
  #held = false;

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
    const list = paced(() => this.#readList(), 0);
    // The list is read once the feed is open: a scan between the two is then heard, read, or both, but never
    // neither.
    const unfollow = follow(feedAddress(this.#of), {
      opened: () => {
        this.feed = 'live';
        list.ask();
        this.#onArrival();
      },
      lost: () => {
        this.feed = 'lost';
        if (this.list === undefined) list.ask();
      },
      gap: () => list.ask(),
      scan: (scan) => {
        this.#heard.push(scan);
        this.#frame ||= requestAnimationFrame(() => this.#showHeard());
      },
    });
    return () => {
      unfollow();
      cancelAnimationFrame(this.#frame);
      list.stop();
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
    // Scans of this moment are no part of a range that is over.
    if (isOpen(this.#of.range, dayOf(new Date(), this.#timeZone))) {
      if (this.#held) this.waiting = mergeScans(this.waiting, heard, SHOWN);
      else this.#take(heard);
    }
    this.#onArrival(new Date(Math.max(...heard.map((scan) => Date.parse(scan.scannedAt)))));
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
