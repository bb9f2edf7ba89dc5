import { folded } from '../lib/folded';

/** Something that can be found by its words. */
export interface Findable {
  label: string;
  /** Other words it is found by. */
  also?: string;
}

/** Those that hold every typed word; those whose own name begins with what was typed come first. */
export function matching<T extends Findable>(entries: readonly T[], typed: string): T[] {
  const words = folded(typed).split(' ').filter(Boolean);
  if (words.length === 0) return [...entries];
  const found = entries
    .map((entry) => ({
      entry,
      label: folded(entry.label),
      text: folded(`${entry.label} ${entry.also ?? ''}`),
    }))
    .filter(({ text }) => words.every((word) => text.includes(word)));
  const begin = words.join(' ');
  const rank = ({ label, text }: { label: string; text: string }) => {
    if (label.startsWith(begin)) return 0;
    return words.every((word) => ` ${text}`.includes(` ${word}`)) ? 1 : 2;
  };
  return found.toSorted((a, b) => rank(a) - rank(b)).map(({ entry }) => entry);
}
