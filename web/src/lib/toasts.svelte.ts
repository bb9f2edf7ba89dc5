/** A sentence about what just happened, with at most one thing to do about it. */
export interface Toast {
  id: number;
  text: string;
  action?: { label: string; act: () => void };
}

/** More at once are not read. */
const MOST = 2;

class Toasts {
  list: Toast[] = $state([]);
  /** Pixels at the bottom of the window that something to press takes up; notices stand above it. */
  lift = $state(0);
  #last = 0;

  show(text: string, action?: Toast['action']): void {
    this.#last += 1;
    const toast = { id: this.#last, text, ...(action ? { action } : {}) };
    this.list = [...this.list, toast].slice(-MOST);
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
