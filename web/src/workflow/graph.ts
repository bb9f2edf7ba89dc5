import { branchesOf, type Doc, entryOf, find, KINDS, optionsOf, type Step } from './step';
import type { Payload } from '../api/workflow';

// Every edit of a workflow, as a function from one to the next. None of them can make a loop.

/** One end of a connection: a branch of a step. */
export interface Place {
  stepId: string;
  branchId: string;
}

/** Whether something is reached by going on from a step; a step reaches itself. */
export function reaches(doc: Doc, from: string, to: string): boolean {
  return reachedFrom(doc, from).has(to);
}

function reachedFrom(doc: Doc, from: string): Set<string> {
  const seen = new Set<string>();
  const waiting = [from];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    waiting.push(...targets(doc, id));
  }
  return seen;
}

/** The steps that some scan can come to. */
export function reachable(doc: Doc): Set<string> {
  const entry = entryOf(doc);
  return entry ? reachedFrom(doc, entry.id) : new Set();
}

function targets(doc: Doc, id: string): string[] {
  const step = find(doc, id);
  if (!step) return [];
  return branchesOf(step).flatMap((branch) => step.next[branch.id] ?? []);
}

/** The branches that lead to a step. */
export function parentsOf(doc: Doc, id: string): Place[] {
  return doc.flatMap((step) =>
    branchesOf(step)
      .filter((branch) => step.next[branch.id] === id)
      .map((branch) => ({ stepId: step.id, branchId: branch.id })),
  );
}

/** Whether a branch may lead to a step: not to the entry, and never in a circle. */
export function mayConnect(doc: Doc, from: Place, to: string): boolean {
  const step = find(doc, from.stepId);
  const target = find(doc, to);
  if (!step || !target || target.action === 'LINK_VISIT') return false;
  return branchesOf(step).some(({ id }) => id === from.branchId) && !reaches(doc, to, from.stepId);
}

/** The branch leads to the step; the same workflow where that may not be. */
export function connect(doc: Doc, from: Place, to: string): Doc {
  if (!mayConnect(doc, from, to)) return doc;
  return changed(doc, from.stepId, (step) => ({ ...step, next: { ...step.next, [from.branchId]: to } }));
}

export function disconnect(doc: Doc, from: Place): Doc {
  return changed(doc, from.stepId, (step) => ({ ...step, next: without(step.next, from.branchId) }));
}

/** Adds a step that nothing leads to yet. */
export function add(doc: Doc, step: Step): Doc {
  return [...doc, step];
}

/**
 * Puts a new step behind a branch. What followed there now follows the new step, where it goes on at all:
 * behind its `next` or `else`, or the first of its options.
 */
export function addAt(doc: Doc, step: Step, at: Place): Doc {
  const before = find(doc, at.stepId)?.next[at.branchId];
  const on = onward(step);
  const placed = before !== undefined && on ? { ...step, next: { ...step.next, [on]: before } } : step;
  return connect(add(doc, placed), at, placed.id);
}

/** Puts a new step before another: all branches that led there lead to the new one, and that leads on. */
export function insertBefore(doc: Doc, step: Step, target: string): Doc {
  const on = onward(step);
  const followed = find(doc, target);
  if (!on || !followed || followed.action === 'LINK_VISIT') return doc;
  const parents = parentsOf(doc, target);
  const added = add(doc, { ...step, next: { ...step.next, [on]: target } });
  return parents.reduce((sofar, parent) => connect(sofar, parent, step.id), added);
}

/** Takes a step away. Whatever led to it leads on to where it led, so that the workflow stays whole. */
export function remove(doc: Doc, id: string): Doc {
  const step = find(doc, id);
  if (!step || step.action === 'LINK_VISIT') return doc;
  const on = continuation(step);
  const left = doc.filter((other) => other.id !== id);
  return left.map((other) => {
    const next: Record<string, string> = {};
    for (const [branch, target] of Object.entries(other.next)) {
      if (target !== id) next[branch] = target;
      else if (on !== undefined) next[branch] = on;
    }
    return Object.values(other.next).includes(id) ? { ...other, next } : other;
  });
}

/** Moves a step, alone, to behind a branch; where it stood, the workflow closes. */
export function move(doc: Doc, id: string, to: Place): Doc {
  const step = find(doc, id);
  if (!step || step.action === 'LINK_VISIT' || to.stepId === id) return doc;
  const on = onward(step);
  const taken = remove(doc, id);
  // Its other branches keep leading where they did; the one it goes on by is taken up again.
  const kept = on ? without(step.next, on) : step.next;
  const lone = { ...step, next: kept };
  const before = find(taken, to.stepId)?.next[to.branchId];
  const placed = before !== undefined && on ? { ...lone, next: { ...lone.next, [on]: before } } : lone;
  const moved = add(taken, placed);
  return mayConnect(moved, to, id) && !loops(moved) ? connect(moved, to, id) : doc;
}

/** Whether the workflow goes in a circle somewhere. */
export function loops(doc: Doc): boolean {
  return doc.some((step) => targets(doc, step.id).some((target) => reaches(doc, target, step.id)));
}

/**
 * A copy of a step beside it, leading where the first leads; nothing leads to it yet. `fresh` makes ids.
 */
export function duplicate(doc: Doc, id: string, fresh: () => string): { doc: Doc; id: string } | undefined {
  const step = find(doc, id);
  if (!step || step.action === 'LINK_VISIT') return undefined;
  const options = KINDS[step.action].options;
  const copy = {
    ...step,
    id: fresh(),
    position: { x: step.position.x + 24, y: step.position.y + 24 },
  };
  if (options?.id !== 'id') return { doc: add(doc, copy), id: copy.id };
  // Options have ids of their own, and the copy's must not be those of the first.
  const next: Record<string, string> = { ...step.next };
  const list = optionsOf(step).map((option) => {
    const before = String(option.id ?? '');
    const after = fresh();
    const target = next[before];
    delete next[before];
    if (target !== undefined) next[after] = target;
    return { ...option, id: after };
  });
  const payload = { ...step.payload, [options.list]: list };
  return { doc: add(doc, { ...copy, payload, next }), id: copy.id };
}

/**
 * Gives a step another payload. Branches that are no more lead nowhere; an option that only changes the name
 * of its branch (another country) keeps where it leads.
 */
export function setPayload(doc: Doc, id: string, payload: Payload): Doc {
  return changed(doc, id, (step) => {
    const before = branchesOf(step).map((branch) => branch.id);
    const after = branchesOf({ ...step, payload }).map((branch) => branch.id);
    const renamed = before.length === after.length && before.filter((b, i) => b !== after[i]).length === 1;
    const next: Record<string, string> = {};
    after.forEach((branch, index) => {
      const target = step.next[branch] ?? (renamed ? step.next[before[index] ?? ''] : undefined);
      if (target !== undefined) next[branch] = target;
    });
    return { ...step, payload, next };
  });
}

/** Gives one option of a step another name. */
export function renameOption(doc: Doc, id: string, index: number, name: string): Doc {
  const step = find(doc, id);
  const options = step && KINDS[step.action].options;
  if (!step || !options) return doc;
  const key = options.list === 'buttons' ? 'label' : 'name';
  const list = optionsOf(step).map((option, at) => (at === index ? { ...option, [key]: name } : option));
  return setPayload(doc, id, { ...step.payload, [options.list]: list });
}

/** Changes what of a step is neither payload nor branch. */
export function setStep(
  doc: Doc,
  id: string,
  change: Partial<Pick<Step, 'capture' | 'back' | 'position'>>,
): Doc {
  return changed(doc, id, (step) => ({ ...step, ...change }));
}

/** The branch by which a step goes on in the usual case: what is spliced in leads on by it. */
export function onward(step: Pick<Step, 'action' | 'payload'>): string | undefined {
  const branches = branchesOf(step);
  return (branches.find(({ id }) => id === 'next' || id === 'else') ?? branches[0])?.id;
}

/** Where a step leads when it is taken away: by its usual branch, else by the first that leads anywhere. */
function continuation(step: Step): string | undefined {
  const usual = onward(step);
  const first = branchesOf(step).find(({ id }) => step.next[id] !== undefined)?.id;
  return (usual === undefined ? undefined : step.next[usual]) ?? step.next[first ?? ''];
}

function changed(doc: Doc, id: string, by: (step: Step) => Step): Doc {
  if (!find(doc, id)) return doc;
  return doc.map((step) => (step.id === id ? by(step) : step));
}

function without(next: Step['next'], branch: string): Record<string, string> {
  const { [branch]: _, ...rest } = next;
  return rest;
}
