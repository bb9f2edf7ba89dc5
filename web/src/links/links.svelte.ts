import { SvelteMap } from 'svelte/reactivity';
import { getRedirect, listLinks } from '../api/links';
import { asProblem, type Problem } from '../api/problem';
import type { Link } from '../api/words';

/** Destinations asked for at a time: a long list must not crowd out the page's other calls. */
const ASKED_AT_ONCE = 4;

/** The workspace's links as far as they were read, newest first. */
export class Links {
  state: 'reading' | 'read' | 'failed' = $state('reading');
  problem: Problem | undefined = $state.raw();
  /** Where each link leads, by link id; a link's own JSON does not say. */
  readonly destinations = new SvelteMap<string, string>();

  #byId = new SvelteMap<string, Link>();
  #next: string | undefined = $state();
  /** Deleted here: a page of links asked for before that must not bring them back. */
  #removed = new Set<string>();
  #wanted: string[] = [];
  #asking = 0;

  readonly list = $derived(
    [...this.#byId.values()].sort((a, b) => createdAt(b) - createdAt(a) || (a.id < b.id ? 1 : -1)),
  );

  get hasMore(): boolean {
    return this.#next !== undefined;
  }

  find(id: string): Link | undefined {
    return this.#byId.get(id);
  }

  /** Reads the first page: at the start, and again for its moving counts. */
  async read(): Promise<void> {
    try {
      const first = this.#byId.size === 0;
      const page = await listLinks();
      if (first) this.#next = page.next;
      this.#take(page.links);
      this.state = 'read';
      this.problem = undefined;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      if (this.state === 'reading') this.state = 'failed';
    }
  }

  async readMore(): Promise<void> {
    const page = await listLinks(this.#next);
    this.#next = page.next;
    this.#take(page.links);
  }

  put(link: Link): void {
    this.#removed.delete(link.id);
    if (!this.#byId.has(link.id)) this.#want(link.id);
    this.#byId.set(link.id, link);
  }

  remove(id: string): void {
    this.#byId.delete(id);
    this.#removed.add(id);
  }

  #take(links: Link[]): void {
    for (const link of links) if (!this.#removed.has(link.id)) this.put(link);
  }

  #want(id: string): void {
    if (this.destinations.has(id)) return;
    this.#wanted.push(id);
    this.#askNext();
  }

  #askNext(): void {
    const id = this.#asking < ASKED_AT_ONCE ? this.#wanted.shift() : undefined;
    if (id === undefined) return;
    this.#asking += 1;
    getRedirect(id)
      .then((redirect) => {
        if (redirect) this.destinations.set(id, redirect.destination);
      })
      // The row then stands without its destination; opening the link tells what is wrong.
      .catch(() => {})
      .finally(() => {
        this.#asking -= 1;
        this.#askNext();
      });
    this.#askNext();
  }
}

function createdAt(link: Link): number {
  return Date.parse(link.createdAt ?? '') || 0;
}
