import type { Action, Payload, WireStep } from '../api/workflow';
import { asDestination } from '../lib/address';
import { branchesOf, type Doc, KINDS, type Option, optionsOf, type Step } from './step';

// Between the editor's workflow and the wire's, where each option says itself where it leads.

/** What the wire puts before the name of what a step does. */
export const PREFIX = 'EVENT_ACTION_';

export function fromWire(steps: readonly WireStep[]): Doc {
  return steps.flatMap((step) => {
    const action = (step.xEventAction ?? step.eventAction.replace(PREFIX, '')) as Action;
    const kind = KINDS[action];
    // A step of a later version of the server: what is not understood is not shown, and not published over.
    if (!kind) return [];
    const read = step.payload[kind.key] ?? {};
    return [
      {
        id: step.id,
        action,
        payload: withoutTargets(action, read),
        next: kind.options ? targetsWithin(action, read) : targetsBeside(step),
        capture: step.attributeCapture ?? { enabled: false, writes: [] },
        back: step.backButton ?? { enabled: false },
        position: step.canvasPosition ?? { x: 0, y: 0 },
      },
    ];
  });
}

/** Whether every step of an answer is one this editor knows. */
export function knowsAll(steps: readonly WireStep[]): boolean {
  return fromWire(steps).length === steps.length;
}

export function toWire(doc: Doc): WireStep[] {
  return doc.map(stepToWire);
}

export function stepToWire(step: Step): WireStep {
  const kind = KINDS[step.action];
  const ours = step.action.startsWith('X_');
  return {
    id: step.id,
    eventAction: ours ? `${PREFIX}UNSPECIFIED` : `${PREFIX}${step.action}`,
    ...(ours ? { xEventAction: step.action } : {}),
    payload: { [kind.key]: withSchemes(withTargets(step)) },
    branches: branchesOf(step).flatMap(({ id }) => {
      const target = step.next[id];
      return target === undefined ? [] : [{ branchId: id, nextStepId: target }];
    }),
    attributeCapture: step.capture,
    ...(kind.page ? { backButton: step.back } : {}),
    canvasPosition: { x: Math.round(step.position.x), y: Math.round(step.position.y) },
  };
}

function targetsBeside(step: WireStep): Record<string, string> {
  const next: Record<string, string> = {};
  for (const { branchId, nextStepId } of step.branches ?? []) if (nextStepId) next[branchId] = nextStepId;
  return next;
}

function targetsWithin(action: Action, payload: Payload): Record<string, string> {
  const id = KINDS[action].options?.id ?? 'id';
  const next: Record<string, string> = {};
  for (const option of optionsOf({ action, payload })) {
    if (typeof option.nextStepId === 'string' && option.nextStepId !== '')
      next[String(option[id] ?? '')] = option.nextStepId;
  }
  if (typeof payload.elseNextStepId === 'string' && payload.elseNextStepId !== '')
    next.else = payload.elseNextStepId;
  return next;
}

function withoutTargets(action: Action, payload: Payload): Payload {
  const options = KINDS[action].options;
  const { elseNextStepId: _, ...rest } = payload;
  const sorted = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, inOrder(value)]));
  if (!options) return sorted;
  const list = optionsOf({ action, payload: sorted }).map(({ nextStepId: _, ...option }) => option);
  return { ...sorted, [options.list]: list };
}

/** Fields, buttons and links say their order in a number; here they stand in it. */
function inOrder(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const orderOf = (item: unknown) => Number((item as { order?: unknown } | null)?.order ?? 0);
  return value.toSorted((a, b) => orderOf(a) - orderOf(b));
}

const ADDRESSES = new Set(['destination', 'url', 'website']);

/** Addresses are sent whole, also while they are still being typed: `example.com` means https. */
function withSchemes(payload: Payload): Payload {
  const whole = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return ADDRESSES.has(key) ? asDestination(value) : value;
    if (Array.isArray(value)) return value.map((item) => whole(item, key));
    return typeof value === 'object' && value !== null ? withSchemes(value as Payload) : value;
  };
  return Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, whole(value, key)]));
}

function withTargets(step: Step): Payload {
  const options = KINDS[step.action].options;
  if (!options) return step.payload;
  const list = optionsOf(step).map((option, index): Option => {
    const target = step.next[String(option[options.id] ?? '')];
    const ordered = options.list === 'buttons' ? { ...option, order: index } : option;
    return target === undefined ? ordered : { ...ordered, nextStepId: target };
  });
  const otherwise = options.otherwise ? step.next.else : undefined;
  return {
    ...step.payload,
    [options.list]: list,
    ...(otherwise === undefined ? {} : { elseNextStepId: otherwise }),
  };
}
