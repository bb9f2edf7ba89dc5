import { branchesOf, type Doc, entryOf, find, KINDS, type Step } from './step';
import { reachable } from './graph';

// Where the steps of a workflow stand on the canvas: a column for each step of the way, from left to right,
// and each step level with the middle of what follows it.

export const NODE_WIDTH = 256;
/** Height of the row of a branch. */
export const ROW = 34;
const FOOT = 4;
const COLUMN = NODE_WIDTH + 76;
const GAP = 28;

/** Whether there is more to say of a step than its kind and name. */
export function hasLine({ action }: Pick<Step, 'action'>): boolean {
  return KINDS[action].page;
}

/** Height of what stands above a step's branches. */
export function headOf(step: Pick<Step, 'action'>): number {
  return hasLine(step) ? 90 : 70;
}

/** Height of a step's card, in pixels of the canvas. */
export function heightOf(step: Pick<Step, 'action' | 'payload'>): number {
  const rows = KINDS[step.action].options ? branchesOf(step).length : 0;
  return headOf(step) + (rows > 0 ? rows * ROW + FOOT : 0);
}

/** A workflow whose steps stand in order. Those that nothing leads to stand below. */
export function tidied(doc: Doc): Doc {
  const reached = reachable(doc);
  const entry = entryOf(doc);
  const column = columns(doc, entry ? [entry.id] : []);
  const top = new Map<string, number>();
  const bottoms: number[] = [];
  let floor = 0;

  /** Stands a step and all it leads to, each once; answers the middle of it. */
  function stand(id: string): number {
    const step = find(doc, id);
    const known = top.get(id);
    if (!step) return floor;
    const height = heightOf(step);
    if (known !== undefined) return known + height / 2;
    top.set(id, Number.NaN);
    const at = column.get(id) ?? 0;
    const followers = [...new Set(branchesOf(step).flatMap((branch) => step.next[branch.id] ?? []))];
    const fresh = followers.filter((follower) => !top.has(follower));
    const middles = fresh.map(stand);
    const wish =
      middles.length > 0
        ? ((middles[0] ?? 0) + (middles.at(-1) ?? 0)) / 2 - height / 2
        : (bottoms[at] ?? floor);
    const y = Math.max(wish, bottoms[at] ?? floor);
    top.set(id, y);
    bottoms[at] = y + height + GAP;
    return y + height / 2;
  }

  if (entry) stand(entry.id);
  const loose = doc.filter((step) => !reached.has(step.id));
  if (loose.length > 0) {
    floor = Math.max(0, ...bottoms.filter((bottom) => bottom !== undefined)) + GAP;
    bottoms.length = 0;
    const led = new Set(loose.flatMap((step) => Object.values(step.next)));
    const heads = loose.filter((step) => !led.has(step.id));
    const depth = columns(
      doc,
      heads.map((step) => step.id),
    );
    for (const [id, at] of depth) if (!reached.has(id)) column.set(id, at);
    for (const step of heads) stand(step.id);
    for (const step of loose) stand(step.id);
  }
  const highest = Math.min(0, ...[...top.values()].filter((y) => !Number.isNaN(y)));
  return doc.map((step) => {
    const y = Math.round((top.get(step.id) ?? 0) - highest);
    const position = { x: (column.get(step.id) ?? 0) * COLUMN, y };
    return samePlace(position, step.position) ? step : { ...step, position };
  });
}

/** How many steps stand before each, on the longest way. */
function columns(doc: Doc, from: readonly string[]): Map<string, number> {
  const column = new Map<string, number>();
  const walk = (id: string, at: number, way: ReadonlySet<string>) => {
    if ((column.get(id) ?? -1) >= at || way.has(id)) return;
    column.set(id, at);
    const step = find(doc, id);
    if (!step) return;
    const on = new Set(way).add(id);
    for (const branch of branchesOf(step)) {
      const target = step.next[branch.id];
      if (target !== undefined) walk(target, at + 1, on);
    }
  };
  for (const id of from) walk(id, 0, new Set());
  return column;
}

/** Whether nobody has moved a step by hand, or none has a place of its own. */
export function isTidy(doc: Doc): boolean {
  const tidy = tidied(doc);
  return tidy.every((step, index) => tidy[index] === doc[index] || doc[index] === step) || isPiled(doc);
}

/** Whether two steps stand in one place: then nobody has placed them. */
export function isPiled(doc: Doc): boolean {
  const places = new Set(doc.map(({ position }) => `${Math.round(position.x)},${Math.round(position.y)}`));
  return places.size < doc.length;
}

function samePlace(one: Step['position'], other: Step['position']): boolean {
  return Math.abs(one.x - other.x) < 1 && Math.abs(one.y - other.y) < 1;
}
