import { getOverview, previousSeries } from '../api/overview';
import { asProblem, type Problem } from '../api/problem';
import type { Population } from '../api/scans';
import type { Overview } from '../api/words';
import type { Dimension } from '../lib/filter';
import { dayOf } from '../lib/format';
import { delayed, paced } from '../lib/paced';

/** Rows of each list; a longer one is read when it is opened or copied. */
export const ROWS = 8;
/** Rows of a list that is opened or copied: the server gives no more at once. */
export const MOST_ROWS = 1000;

/** How often the numbers are asked for while scans arrive. */
const EVERY_MS = 300;
/** A slow server rests so many times as long as it took to answer. */
const REST = 3;
/** After a failure they are asked for again so much later, though no scan arrives. */
const AFTER_FAILURE_MS = 3_000;
/** "On now" and the days of a range change without a scan. */
const ANYWAY_MS = 30_000;

/**
 * The numbers of a page. All come from one reading of the server's, asked for again when a scan arrives: the
 * page never shows a number that the API would not give, nor two that do not agree.
 */
export class Numbers {
  /** Of the population that was asked for last; while the answer is under way, of the one before. */
  overview: Overview | undefined = $state.raw();
  /** Scans of the days before, a bucket each. */
  before: number[] = $state.raw([]);
  /** Nothing had been counted at all by the end of the days before: their 0 was never measured. */
  unbegun = $state(false);
  /** The population that `overview` is of. */
  of: Population | undefined = $state.raw();
  problem: Problem | undefined = $state.raw();

  #ask = () => {};
  /** A scan of this moment was heard of; numbers that end before it are asked for again. */
  #heardOf = 0;

  /** Reads the numbers of a population, and again whenever asked, until the returned function is called. */
  follow(of: Population, dimensions: readonly Dimension[], timeZone: string): () => void {
    let stopped = false;
    let comparedOn: string | undefined;

    const read = async () => {
      const today = dayOf(new Date(), timeZone);
      try {
        // The days before are over: they are read once, and when a day has passed.
        const [overview, before] = await Promise.all([
          getOverview(of, today, dimensions, ROWS),
          comparedOn === today ? this.before : previousSeries(of, today),
        ]);
        if (stopped) return;
        const unbegun = comparedOn === today ? this.unbegun : await isUnbegun(of, overview, today);
        if (stopped) return;
        comparedOn = today;
        this.overview = overview;
        this.before = before ?? [];
        this.unbegun = unbegun;
        this.of = of;
        this.problem = undefined;
        if (new Date(overview.readUpTo).getTime() <= this.#heardOf) reading.ask();
      } catch (thrown) {
        if (stopped) return;
        this.problem = asProblem(thrown);
        retry.ask();
      }
    };

    const reading = paced(read, EVERY_MS, REST);
    const retry = delayed(() => ask(), AFTER_FAILURE_MS);
    const ask = () => document.hidden || reading.ask();
    const anyway = setInterval(ask, ANYWAY_MS);
    document.addEventListener('visibilitychange', ask);
    this.#ask = ask;
    reading.ask();
    return () => {
      stopped = true;
      clearInterval(anyway);
      document.removeEventListener('visibilitychange', ask);
      reading.stop();
      retry.stop();
    };
  }

  /** To be called when the numbers may have changed: with the moment of a scan where there was one. */
  again(scannedAt?: Date): void {
    this.#heardOf = Math.max(this.#heardOf, scannedAt?.getTime() ?? 0);
    this.#ask();
  }
}

/** Whether counting had not begun by the end of the days before. Where these have nothing, that is asked. */
async function isUnbegun(of: Population, { previous, previousRange }: Overview, today: string): Promise<boolean> {
  if (!previous || !previousRange || previous.scans > 0) return false;
  // Without an answer the 0 stands as it is.
  const ever = await getOverview({ ...of, range: 'all' }, today, [], 1).catch(() => undefined);
  if (!ever) return false;
  const begun = ever.totals.firstAt;
  return !begun || new Date(begun) >= new Date(previousRange.to);
}
