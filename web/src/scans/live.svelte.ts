import { follow } from '../api/feed';
import { asProblem, type Problem } from '../api/problem';
import { countScans, feedAddress, type HourCount, lastDay, latestScans, type Population } from '../api/scans';
import type { Scan } from '../api/words';
import { dayOf } from '../lib/format';
import { paced } from '../lib/paced';
import { mergeScans } from '../lib/scan';

/** Rows of the list: what one reads at a glance, and what a burst of scans may cost the page. */
export const SHOWN = 50;

/** How often the figures are asked for while scans arrive. */
const FIGURES_EVERY_MS = 2_000;

/**
 * The scans of a population as they arrive. The figures are the server's own, asked for again when a scan
 * comes, so the page never shows a number that the API would not give.
 */
export class LiveScans {
  feed: 'opening' | 'live' | 'lost' = $state('opening');
  /** Newest first; undefined until they were read. */
  list: Scan[] | undefined = $state.raw();
  /** Ids of the scans that came while the page was open. */
  arrived: ReadonlySet<string> = $state.raw(new Set<string>());
  today: number | undefined = $state();
  hours: HourCount[] = $state.raw([]);
  problem: Problem | undefined = $state.raw();

  readonly #of: Population;
  readonly #timeZone: string;
  readonly #onArrival: () => void;
  #heard: Scan[] = [];
  #frame = 0;

  constructor(of: Population, timeZone: string, onArrival: () => void) {
    this.#of = of;
    this.#timeZone = timeZone;
    this.#onArrival = onArrival;
  }

  /** Follows the scans until the returned function is called. */
  start(): () => void {
    const figures = paced(() => this.#readFigures(), FIGURES_EVERY_MS);
    const list = paced(() => this.#readList(), 0);
    // The list is read once the feed is open: a scan between the two is then heard, read, or both, but never
    // neither.
    const unfollow = follow(feedAddress(this.#of), {
      opened: () => {
        this.feed = 'live';
        list.ask();
        figures.ask();
      },
      lost: () => {
        this.feed = 'lost';
        if (this.list === undefined) list.ask();
        if (this.today === undefined) figures.ask();
      },
      gap: () => list.ask(),
      scan: (scan) => {
        this.#heard.push(scan);
        this.#frame ||= requestAnimationFrame(() => this.#showHeard());
        figures.ask();
      },
    });
    // Midnight and the turn of an hour change the figures without a scan.
    const minute = setInterval(() => figures.ask(), 60_000);
    return () => {
      unfollow();
      clearInterval(minute);
      cancelAnimationFrame(this.#frame);
      figures.stop();
      list.stop();
    };
  }

  /** All that was heard since the last frame, in one change of the page. */
  #showHeard(): void {
    const heard = this.#heard;
    this.#heard = [];
    this.#frame = 0;
    this.list = mergeScans(this.list ?? [], heard, SHOWN);
    this.arrived = new Set(heard.map((scan) => scan.id));
    this.#onArrival();
  }

  async #readList(): Promise<void> {
    try {
      this.list = mergeScans(this.list ?? [], await latestScans(this.#of, SHOWN), SHOWN);
      this.problem = undefined;
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }

  async #readFigures(): Promise<void> {
    const now = new Date();
    const day = dayOf(now, this.#timeZone);
    try {
      const [today, hours] = await Promise.all([countScans(this.#of, day, day), lastDay(this.#of, now)]);
      this.today = today;
      this.hours = hours;
      if (this.list !== undefined) this.problem = undefined;
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }
}
