import { SvelteMap } from 'svelte/reactivity';
import { getLink, listLinks } from '../api/links';
import { asProblem, Problem } from '../api/problem';
import { linkOfScans } from '../api/scans';
import type { Link } from '../api/words';
import { toldLink } from '../lib/scan';
import { USUAL } from './query';

/** The workspace's newest links, and those that were opened: whoever shows a scan finds its link here. */
export class Links {
  state: 'reading' | 'read' | 'failed' = $state('reading');
  problem: Problem | undefined = $state.raw();

  #byId = new SvelteMap<string, Link>();
  /** Deleted here: a page of links asked for before that must not bring them back. */
  #removed = new Set<string>();

  /** What links are called that are not among these: older ones, and deleted ones. */
  #told = new SvelteMap<string, string>();
  #asked = new Set<string>();
  #learning: Promise<void> = Promise.resolve();

  readonly list = $derived(
    [...this.#byId.values()].sort((a, b) => createdAt(b) - createdAt(a) || (a.id < b.id ? 1 : -1)),
  );

  find(id: string): Link | undefined {
    return this.#byId.get(id);
  }

  /** What numbers call a link; undefined until that is known (see `learn`). */
  told(id: string): string | undefined {
    const link = this.#byId.get(id);
    return link ? toldLink(link) : this.#told.get(id);
  }

  /** Finds out what links are called that are not known here, one after the other. */
  learn(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#byId.has(id) || this.#asked.has(id)) continue;
      this.#asked.add(id);
      this.#learning = this.#learning.then(() => this.#learnOne(id));
    }
  }

  async #learnOne(id: string): Promise<void> {
    try {
      // Only a scan still tells of a link that was deleted.
      this.#told.set(id, toldLink((await linkOfScans(id)) ?? (await getLink(id))));
    } catch (thrown) {
      // Nothing of it is left; or it could not be asked, and is with the next scan.
      if (thrown instanceof Problem && thrown.status === 404) this.#told.set(id, toldLink(undefined));
      else this.#asked.delete(id);
    }
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
    this.#asked.delete(id);
    this.#told.delete(id);
  }

  #take(links: Link[]): void {
    for (const link of links) if (!this.#removed.has(link.id)) this.put(link);
  }
}

function createdAt(link: Link): number {
  return Date.parse(link.createdAt ?? '') || 0;
}
