import { m } from '../messages';

/** Why a call did not do what was asked, in words for the person who asked. */
export class Problem extends Error {
  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    message: string,
    /** What is wrong with which field of the request, by the field's name. */
    readonly fields: ReadonlyMap<string, string> = new Map(),
    /** The API's own name of the problem; empty when it gave none. */
    readonly code: string = '',
    /** Seconds to wait before the next try, where the server asks for it. */
    readonly retryAfter: number = 0,
  ) {
    super(message);
  }

  /** The words for one field, or nothing when the problem is not about it. */
  field(name: string): string | undefined {
    return this.fields.get(name);
  }

  /** The words to show apart from any of the `shown` fields. */
  beside(...shown: string[]): string | undefined {
    return shown.some((name) => this.fields.has(name)) ? undefined : this.message;
  }
}

/** Reads the API's error body; an answer of another shape (a proxy's page) is named by its status. */
export function problemOf(status: number, body: unknown, retryAfter: string | null = null): Problem {
  const { code, codeType, message, details } = isRecord(body) ? body : {};
  const words =
    typeof message === 'string' && message !== '' ? sentence(message) : m.problem.answered(status);
  const word = codeType ?? code;
  const fields = new Map<string, string>();
  for (const detail of Array.isArray(details) ? details : []) {
    if (!isRecord(detail) || typeof detail.field !== 'string') continue;
    const name = detail.field.replace(/^\//, '');
    if (!fields.has(name))
      fields.set(name, typeof detail.message === 'string' ? sentence(detail.message) : words);
  }
  return new Problem(status, words, fields, typeof word === 'string' ? word : '', Number(retryAfter) || 0);
}

/** The API's words as a sentence of their own: it writes them to stand behind a field's name or a colon. */
export function sentence(words: string): string {
  const begun = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** The problem behind anything that was thrown; a bug of ours is thrown on. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  throw thrown;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
