import { annotate, annotations, removeAnnotation } from '../api/numbers';
import { asProblem } from '../api/problem';
import type { Population } from '../api/scans';
import type { Annotation } from '../api/words';
import type { Day } from '../lib/day';
import { toasts } from '../lib/toasts.svelte';
import { m } from '../messages';

/** Where this browser remembers that it does not want to see what nobody wrote. */
const HIDDEN = 'quietzone.automatic-marks';

/** What happened in the days of a page, for its chart and its list alike: written, and told by links' histories. */
export class Happenings {
  /** Oldest first. */
  all: Annotation[] = $state.raw([]);
  /** Whether what nobody wrote is shown. */
  automatic = $state(localStorage.getItem(HIDDEN) !== 'hidden');
  /** The day for which a note is being written. */
  writing: Day | undefined = $state();
  readonly shown = $derived(this.automatic ? this.all : this.all.filter(({ kind }) => kind === 'note'));

  #of: Population | undefined;
  #today: Day = '';

  /** Without these notes a page is whole; nobody is told that they are missing. */
  async read(of: Population, today: Day): Promise<void> {
    this.#of = of;
    this.#today = today;
    const found = await annotations(of, today).catch(() => this.all);
    if (of === this.#of) this.all = found;
  }

  showAutomatic(shown: boolean): void {
    this.automatic = shown;
    localStorage.setItem(HIDDEN, shown ? 'shown' : 'hidden');
  }

  write(text: string, day: string, link: string | null): Promise<boolean> {
    return this.#change(annotate(text, day, link));
  }

  async remove(one: Annotation): Promise<boolean> {
    if (one.id === undefined || one.id === null || !(await this.#change(removeAnnotation(one.id)))) return false;
    toasts.show(m.overview.happened.removed(one.text), {
      label: m.links.page.undo,
      act: () => void this.write(one.text, one.at, one.linkId ?? null),
    });
    return true;
  }

  async #change(act: Promise<void>): Promise<boolean> {
    try {
      await act;
      if (this.#of) await this.read(this.#of, this.#today);
      return true;
    } catch (thrown) {
      toasts.show(asProblem(thrown).message);
      return false;
    }
  }
}

/** What happened, as one line: of a page of many links with the link's name. */
export function happeningWords(one: Annotation, many: boolean): string {
  return many && one.linkName ? m.overview.happened.ofLink(one.linkName, one.text) : one.text;
}
