import { branchesOf, type Branch, type Doc, entryOf, find, KINDS, type Step } from './step';
import { type Place, parentsOf, reachable } from './graph';

// A workflow as an outline: what follows a step stands below it, and what follows an option within it. A step
// that several branches lead to stands once, and is referred to from the others.

export type Item =
  | { kind: 'step'; step: Step; from: Place | undefined; branches: { branch: Branch; items: Item[] }[] }
  | { kind: 'reference'; step: Step; from: Place }
  | { kind: 'open'; from: Place };

export interface Outline {
  items: Item[];
  /** Those that no scan comes to, each with what follows it. */
  loose: Item[][];
}

export function outlineOf(doc: Doc): Outline {
  const stood = new Set<string>();

  function sequence(first: string | undefined, place: Place | undefined): Item[] {
    const items: Item[] = [];
    let id = first;
    let from = place;
    for (;;) {
      const step = find(doc, id);
      if (!step) {
        if (from) items.push({ kind: 'open', from });
        return items;
      }
      if (stood.has(step.id)) {
        if (from) items.push({ kind: 'reference', step, from });
        return items;
      }
      stood.add(step.id);
      const kind = KINDS[step.action];
      const branches = kind.options ? branchesOf(step) : [];
      items.push({
        kind: 'step',
        step,
        from,
        branches: branches.map((branch) => ({
          branch,
          items: sequence(step.next[branch.id], { stepId: step.id, branchId: branch.id }),
        })),
      });
      if (kind.ends || kind.options) return items;
      id = step.next.next;
      from = { stepId: step.id, branchId: 'next' };
    }
  }

  const items = sequence(entryOf(doc)?.id, undefined);
  const reached = reachable(doc);
  const rest = doc.filter((step) => !reached.has(step.id));
  const heads = rest.filter((step) => parentsOf(doc, step.id).length === 0);
  const loose = [...heads, ...rest].flatMap((step) =>
    stood.has(step.id) ? [] : [sequence(step.id, undefined)],
  );
  return { items, loose };
}
