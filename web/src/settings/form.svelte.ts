import { untrack } from 'svelte';
import { asProblem, type Problem } from '../api/problem';
import { m } from '../messages';

/** What is typed into a form, against what the server holds. */
export class Form<T extends object> {
  draft: T = $state() as T;
  busy = $state(false);
  problem: Problem | undefined = $state.raw();
  /** Spoken after a save, until the next change. */
  said = $state('');

  #saved: T = $state.raw() as T;
  readonly #send: (draft: T) => Promise<T>;

  readonly changed: boolean = $derived(JSON.stringify(this.draft) !== JSON.stringify(this.#saved));

  /** `send` answers what the server holds afterwards, which may be spelled otherwise than what was typed. */
  constructor(saved: T, send: (draft: T) => Promise<T>) {
    this.#saved = saved;
    this.draft = { ...saved };
    this.#send = send;
  }

  async save(): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = undefined;
    this.said = '';
    try {
      this.#saved = await this.#send($state.snapshot(this.draft) as T);
      this.draft = { ...this.#saved };
      this.said = m.settings.saved;
      return true;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** What the server holds was read anew; what is typed and not saved stays. */
  startFrom(saved: T): void {
    const untouched = untrack(() => !this.changed);
    this.#saved = saved;
    if (untouched) this.draft = { ...saved };
  }

  discard(): void {
    this.draft = { ...this.#saved };
    this.problem = undefined;
  }
}
