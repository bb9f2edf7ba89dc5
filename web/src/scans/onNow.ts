import type { Scan } from '../api/words';

/** How far back "now" reaches, in milliseconds. */
export const NOW_MS = 5 * 60_000;

/** Who was here in the last minutes. */
export interface OnNow {
  scans: number;
  /** Those who can be told apart. */
  people: number;
  /** When the first of these scans stops being of now, in milliseconds of the server's clock; undefined without one. */
  until: number | undefined;
}

/** The scans of the last minutes, as they were read and heard. */
export class Recent {
  #scans = new Map<string, { at: number; visitor: string | undefined }>();

  add(scans: readonly Scan[]): void {
    for (const { id, scannedAt, visitorId } of scans) {
      this.#scans.set(id, { at: Date.parse(scannedAt), visitor: visitorId ?? undefined });
    }
  }

  /** Of now, which is so many milliseconds of the server's clock; forgets what is older. */
  at(now: number): OnNow {
    const people = new Set<string>();
    let until: number | undefined;
    for (const [id, { at, visitor }] of this.#scans) {
      if (at <= now - NOW_MS) {
        this.#scans.delete(id);
        continue;
      }
      if (visitor !== undefined) people.add(visitor);
      until = Math.min(until ?? Infinity, at + NOW_MS);
    }
    return { scans: this.#scans.size, people: people.size, until };
  }
}
