import { linksActivity, listLinks } from '../api/links';
import { asProblem, type Problem } from '../api/problem';
import type { Link } from '../api/words';
import { addDays } from '../lib/day';
import { dayOf } from '../lib/format';
import type { LinkQuery } from './query';

/** Days of scans that stand beside each link. */
export const ACTIVE_DAYS = 30;

/** The rows of the table of links: those of one query, a page or more of them. */
export class LinkTable {
  state: 'reading' | 'read' | 'failed' = $state('reading');
  links: Link[] = $state.raw([]);
  total = $state(0);
  /** Scans a day by link; of links that are not in it, not known yet. */
  activity: Record<string, number[]> = $state.raw({});
  problem: Problem | undefined = $state.raw();

  #next: string | undefined = $state();
  #asked = 0;

  get hasMore(): boolean {
    return this.#next !== undefined;
  }

  /** Reads the first page of a query. What is shown stays until the answer is there. */
  async read(of: LinkQuery, timeZone: string): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const page = await listLinks(of, silentSince(of, timeZone));
      if (asked !== this.#asked) return;
      this.links = page.links;
      this.total = page.total;
      this.#next = page.next;
      this.state = 'read';
      this.problem = undefined;
      await this.#readActivity(of, page.links, asked);
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.problem = asProblem(thrown);
      if (this.state === 'reading') this.state = 'failed';
    }
  }

  async readMore(of: LinkQuery, timeZone: string): Promise<void> {
    const asked = this.#asked;
    const page = await listLinks(of, silentSince(of, timeZone), this.#next);
    if (asked !== this.#asked) return;
    const known = new Set(this.links.map((link) => link.id));
    this.links = [...this.links, ...page.links.filter((link) => !known.has(link.id))];
    this.#next = page.next;
    await this.#readActivity(of, page.links, asked);
  }

  remove(id: string): void {
    this.links = this.links.filter((link) => link.id !== id);
    this.total -= 1;
  }

  async #readActivity(of: LinkQuery, links: Link[], asked: number): Promise<void> {
    if (of.trash) return;
    const read = await linksActivity(
      links.map((link) => link.id),
      ACTIVE_DAYS,
    );
    if (asked === this.#asked) this.activity = { ...this.activity, ...read };
  }
}

/** The day before which the last scan of a list's links must lie. */
export function silentSince(of: LinkQuery, timeZone: string): string | undefined {
  return of.silent ? addDays(dayOf(new Date(), timeZone), -of.silent) : undefined;
}
