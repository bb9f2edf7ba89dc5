import { SvelteSet } from 'svelte/reactivity';

/** The links that something is to be done to: some of those shown, or all that match. */
export class Selection {
  readonly ids = new SvelteSet<string>();
  /** Not only those shown: every link of the list. */
  everything = $state(false);
  #last: string | undefined;

  get any(): boolean {
    return this.ids.size > 0;
  }

  has(id: string): boolean {
    return this.everything || this.ids.has(id);
  }

  /** Takes a link in or out; with `through`, all rows from the last one that was pressed to it. */
  toggle(id: string, shown: readonly string[], through = false): void {
    this.everything = false;
    const into = !this.ids.has(id);
    const [from, to] = [this.#last, id].map((row) => shown.indexOf(row ?? '')).sort((a, b) => a - b);
    const rows = through && from !== undefined && from >= 0 ? shown.slice(from, (to ?? from) + 1) : [id];
    for (const row of rows) {
      if (into) this.ids.add(row);
      else this.ids.delete(row);
    }
    this.#last = id;
  }

  /** All that are shown, or none where all of them are in. */
  toggleShown(shown: readonly string[]): void {
    const into = !shown.every((id) => this.ids.has(id)) && !this.everything;
    this.clear();
    if (into) for (const id of shown) this.ids.add(id);
  }

  clear(): void {
    this.ids.clear();
    this.everything = false;
    this.#last = undefined;
  }
}
