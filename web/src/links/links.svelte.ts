import { SvelteMap } from 'svelte/reactivity';
import { listLinks } from '../api/links';
import { asProblem, type Problem } from '../api/problem';
import type { Link } from '../api/words';
import { USUAL } from './query';

/** The workspace's newest links, and those that were opened: whoever shows a scan finds its link here. */
export class Links {
  state: 'reading' | 'read' | 'failed' = $state('reading');
  problem: Problem | undefined = $state.raw();

  #byId = new SvelteMap<string, Link>();
  /** Deleted here: a page of links asked for before that must not bring them back. */
  #removed = new Set<string>();

  readonly list = $derived(
    [...this.#byId.values()].sort((a, b) => createdAt(b) - createdAt(a) || (a.id < b.id ? 1 : -1)),
  );

  find(id: string): Link | undefined {
    return this.#byId.get(id);
  }

  /** Reads the first page: at the start, and again for its moving counts. */
  async read(): Promise<void> {
    try {
      const page = await listLinks(USUAL);
      this.#take(page.links);
      this.state = 'read';
      this.problem = undefined;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      if (this.state === 'reading') this.state = 'failed';
    }
  }

  put(link: Link): void {
    this.#removed.delete(link.id);
    this.#byId.set(link.id, link);
  }

  /** Notes what has changed of a link that is known here. */
  change(id: string, changed: Partial<Link>): void {
    const link = this.#byId.get(id);
    if (link) this.#byId.set(id, { ...link, ...changed });
  }

  remove(id: string): void {
    this.#byId.delete(id);
    this.#removed.add(id);
  }

  #take(links: Link[]): void {
    for (const link of links) if (!this.#removed.has(link.id)) this.put(link);
  }
}

function createdAt(link: Link): number {
  return Date.parse(link.createdAt ?? '') || 0;
}
