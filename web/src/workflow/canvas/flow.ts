import { type Edge, type Node, Position } from '@xyflow/svelte';
import { headOf, heightOf, NODE_WIDTH, ROW } from '../layout';
import { branchesOf, KINDS, type Step } from '../step';

// A workflow as the canvas draws it: steps as nodes with a dot for each branch, connections as edges.

const DOT = 14;

export type StepFlowNode = Node<{ step: Step }, 'step'>;

export function nodeOf(step: Step, selected: boolean): StepFlowNode {
  const height = heightOf(step);
  return {
    id: step.id,
    type: 'step',
    position: { ...step.position },
    data: { step },
    selected,
    deletable: false,
    width: NODE_WIDTH,
    height,
    measured: { width: NODE_WIDTH, height },
    // Known beforehand, so that lines are right before anything was drawn.
    handles: [
      ...(step.action === 'LINK_VISIT'
        ? []
        : [dot('target', null, Position.Left, -DOT / 2, headOf(step) / 2 - DOT / 2)]),
      ...branchesOf(step).map((branch, index) =>
        dot('source', branch.id, Position.Right, NODE_WIDTH - DOT / 2, dotTop(step, index)),
      ),
    ],
  };
}

/** Top of the dot of a step's branch, in pixels of the node. */
export function dotTop(step: Step, index: number): number {
  const head = headOf(step);
  const middle = KINDS[step.action].options ? head + index * ROW + ROW / 2 : head / 2;
  return middle - DOT / 2;
}

function dot(type: 'source' | 'target', id: string | null, position: Position, x: number, y: number) {
  return { type, id, position, x, y, width: DOT, height: DOT };
}

export function edgeOf(step: Step, branchId: string, target: Step, told: string, onWay: boolean): Edge {
  return {
    id: `${step.id} ${branchId}`,
    type: 'branch',
    source: step.id,
    sourceHandle: branchId,
    target: target.id,
    ariaLabel: told,
    class: onWay ? 'way' : '',
    zIndex: onWay ? 1 : 0,
  };
}

/** The point of a line to the right, drawn as a Bézier curve, that lies at `x`. */
export function curveAt(
  x: number,
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
): [number, number] {
  const width = toX - fromX;
  const along = (t: number) => fromX + width * (1.5 * t * (1 - t) ** 2 + 1.5 * t ** 2 * (1 - t) + t ** 3);
  let low = 0;
  let high = 1;
  for (let round = 0; round < 24; round += 1) {
    const middle = (low + high) / 2;
    if (along(middle) < x) low = middle;
    else high = middle;
  }
  return [along(low), fromY + (toY - fromY) * (3 * low ** 2 - 2 * low ** 3)];
}
