// Another day for the program under test (Debian's faketime; `make test-tools` installs it).
import { execFileSync } from 'node:child_process';

/** What the environment of a program must hold for its clock to begin at an instant: `2026-03-28 10:30:00 UTC`. */
export function beginningAt(instant) {
  const [LD_PRELOAD, FAKETIME] = asked(instant).trim().split('\n');
  return { LD_PRELOAD, FAKETIME };
}

/** faketime's semaphore has the number of its process; one that was killed has left one that bars the next of that number. */
function asked(instant, tries = 5) {
  try {
    return execFileSync('faketime', [instant, 'printenv', 'LD_PRELOAD', 'FAKETIME'], { encoding: 'utf8' });
  } catch (failed) {
    if (tries > 1 && String(failed.stderr).includes('File exists')) return asked(instant, tries - 1);
    throw failed;
  }
}
