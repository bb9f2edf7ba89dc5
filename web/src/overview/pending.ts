import { getContext, setContext } from 'svelte';

// A page changes its question at once and its numbers when the answer is there. Between the two no number is shown:
// it would stand under the wrong label.

const PENDING = Symbol('whether the numbers of the page are of another question');

export function tellPending(pending: () => boolean): void {
  setContext(PENDING, pending);
}

/** Whether the numbers at hand are of the question before; false where nobody says so. */
export function pending(): () => boolean {
  return getContext<(() => boolean) | undefined>(PENDING) ?? (() => false);
}
