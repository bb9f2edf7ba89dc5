/** The time, moving on often enough for "4 min ago" and for a page left open over midnight. */
class Clock {
  now = $state.raw(new Date());

  constructor() {
    setInterval(() => (this.now = new Date()), 15_000);
  }
}

export const clock = new Clock();
