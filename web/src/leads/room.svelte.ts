import { asProblem, type Problem } from '../api/problem';
import { searchVisitors, type Visitor, type VisitorQuery } from '../api/visitors';

/** The rows of the table of leads: those of one query, a page or more of them. */
export class LeadTable {
  state: 'reading' | 'read' | 'failed' = $state('reading');
  visitors: Visitor[] = $state.raw([]);
  total = $state(0);
  problem: Problem | undefined = $state.raw();

  #next: string | undefined = $state();
  #asked = 0;

  get hasMore(): boolean {
    return this.#next !== undefined;
  }

  /** Reads the first page of a query. What is shown stays until the answer is there. */
  async read(of: VisitorQuery): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const page = await searchVisitors(of);
      if (asked !== this.#asked) return;
      this.visitors = page.visitors;
      this.total = page.total;
      this.#next = page.next;
      this.state = 'read';
      this.problem = undefined;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.problem = asProblem(thrown);
      if (this.state === 'reading') this.state = 'failed';
    }
  }

  async readMore(of: VisitorQuery): Promise<void> {
    const asked = this.#asked;
    const page = await searchVisitors(of, this.#next);
    if (asked !== this.#asked) return;
    const known = new Set(this.visitors.map(({ id }) => id));
    this.visitors = [...this.visitors, ...page.visitors.filter(({ id }) => !known.has(id))];
    this.#next = page.next;
  }
}
