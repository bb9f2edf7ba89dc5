// Another day for the program under test (Debian's faketime; `make test-tools` installs it).
import { execFileSync } from 'node:child_process';

/** What the environment of a program must hold for its clock to begin at an instant: `2026-03-28 10:30:00 UTC`. */
export function beginningAt(instant) {
  const said = execFileSync('faketime', [instant, 'printenv', 'LD_PRELOAD', 'FAKETIME'], { encoding: 'utf8' });
  const [LD_PRELOAD, FAKETIME] = said.trim().split('\n');
  return { LD_PRELOAD, FAKETIME };
}
