import type { WireStep } from '../api/workflow';

// Work that has not reached the server, kept in this browser until it has.

interface Kept {
  /** Of the draft it was made from. */
  revision: number;
  steps: WireStep[];
}

const keyOf = (linkId: string) => `workflow:${linkId}`;

/** Keeps all but passwords: those are typed again. */
export function keep(linkId: string, revision: number, steps: readonly WireStep[]): void {
  const safe = steps.map((step) => {
    if (!step.payload.password) return step;
    const { password: _, ...rest } = step.payload.password;
    return { ...step, payload: { password: rest } };
  });
  try {
    localStorage.setItem(keyOf(linkId), JSON.stringify({ revision, steps: safe }));
  } catch {
    // Without storage, or with a full one, the work lasts as long as the page.
  }
}

export function kept(linkId: string): Kept | undefined {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(keyOf(linkId)) ?? 'null');
    return isKept(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

export function forget(linkId: string): void {
  try {
    localStorage.removeItem(keyOf(linkId));
  } catch {
    // What cannot be read is not there.
  }
}

function isKept(read: unknown): read is Kept {
  return (
    typeof read === 'object' &&
    read !== null &&
    'revision' in read &&
    typeof read.revision === 'number' &&
    'steps' in read &&
    Array.isArray(read.steps)
  );
}
