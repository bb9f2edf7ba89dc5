/** A sentence about what just happened, with at most one thing to do about it. */
export interface Toast {
  id: number;
  text: string;
  action?: { label: string; act: () => void };
}

class Toasts {
  list: Toast[] = $state([]);
  #last = 0;

  show(text: string, action?: Toast['action']): void {
    this.#last += 1;
    this.list.push({ id: this.#last, text, ...(action ? { action } : {}) });
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
