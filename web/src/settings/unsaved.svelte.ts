/** How many forms hold something that was typed and not saved. */
class Unsaved {
  #forms = $state(0);

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
