import { searchLinks } from '../api/links';
import { asProblem, type Problem } from '../api/problem';
import type { Link } from '../api/words';
import { delayed } from '../lib/paced';
import { matching } from './match';
import { linkName } from '../lib/scan';

/** Long enough for the next letter. */
const PAUSE_MS = 120;
const SHOWN = 8;
const KNOWN = 5;

/** The links that are found for what is typed. */
export class LinkSearch {
  links: Link[] = $state.raw([]);
  /** Whether the server has answered for what is typed now. */
  done = $state(true);
  problem: Problem | undefined = $state.raw();

  readonly #known: readonly Link[];
  #typed = '';
  readonly #ask = delayed(() => void this.#read(), PAUSE_MS);

  constructor(known: readonly Link[]) {
    this.#known = known;
    this.links = known.slice(0, KNOWN);
  }

  type(typed: string): void {
    this.#typed = typed.trim();
    this.problem = undefined;
    this.done = this.#typed === '';
    // What is known already is found at once.
    const found =
      this.#typed === '' ? this.#known : matching(this.#known.map(findable), typed).map(({ link }) => link);
    this.links = found.slice(0, this.#typed === '' ? KNOWN : SHOWN);
    if (!this.done) this.#ask.ask();
  }

  stop(): void {
    this.#ask.stop();
  }

  async #read(): Promise<void> {
    const typed = this.#typed;
    if (typed === '') return;
    try {
      const found = await searchLinks(typed, SHOWN);
      if (typed !== this.#typed) return;
      this.links = found;
    } catch (thrown) {
      if (typed !== this.#typed) return;
      this.problem = asProblem(thrown);
    }
    this.done = true;
  }
}

function findable(link: Link) {
  return { link, label: linkName(link), also: link.shortlink ?? '' };
}
