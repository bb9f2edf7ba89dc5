/** A page is never further behind what it was told of than this, besides the time of the answer itself. */
const LONGEST_REST_MS = 5_000;

/**
 * Runs `act` at once, and while it is asked for again, once every `ms` at most, never twice at a time. The
 * last asking is always followed by a run. `stop` ends it. With `rest`, a run is followed by a pause of so
 * many times its own length, 5 s at most: a slow server is asked less often.
 */
export function paced(act: () => Promise<void>, ms: number, rest = 0): { ask: () => void; stop: () => void } {
  let busy = false;
  let again = false;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const run = () => {
    busy = true;
    again = false;
    const begun = Date.now();
    act().finally(() => {
      const took = Date.now() - begun;
      timer = setTimeout(
        () => {
          busy = false;
          if (again && !stopped) run();
        },
        Math.max(0, ms - took, Math.min(rest * took, LONGEST_REST_MS)),
      );
    });
  };
  return {
    ask() {
      if (stopped) return;
      if (busy) again = true;
      else run();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/**
 * Runs `act` `ms` after it was asked for; asked for while that waits, once more `ms` later. `stop` ends it.
 */
export function delayed(act: () => void, ms: number): { ask: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;

  const run = () => {
    timer = again ? setTimeout(run, ms) : undefined;
    again = false;
    act();
  };
  return {
    ask() {
      if (timer === undefined) timer = setTimeout(run, ms);
      else again = true;
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
