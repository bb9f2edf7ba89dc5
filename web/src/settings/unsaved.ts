/**
 * How many forms hold something that was typed and not saved. Asked when the page is left, so nothing follows
 * it.
 */
class Unsaved {
  #forms = 0;

  get any(): boolean {
    return this.#forms > 0;
  }

  /** Counts a form until the returned function is called. */
  hold(): () => void {
    this.#forms += 1;
    return () => (this.#forms -= 1);
  }
}

export const unsaved = new Unsaved();
