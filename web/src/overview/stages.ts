import type { Funnel } from '../api/words';

export type Stage = Funnel['steps'][number];

/**
 * The stages of a funnel that tell something: those that scans came to, and those of the workflow in force (`inForce`,
 * ids of its steps) to which none came yet. Conditions are ways, not places where visitors stand. Undefined where
 * nothing lies between arrival and exit: an ordinary link has no funnel.
 */
export function stagesOf(funnel: Funnel, inForce: ReadonlySet<string> | undefined): Stage[] | undefined {
  const isOfNow = (id: string | null | undefined) => inForce === undefined || (id != null && inForce.has(id));
  const known = funnel.steps.filter(({ visits, xStepId }) => visits > 0 || isOfNow(xStepId));
  const stages = known.filter(({ stepKind }) => stepKind !== 'KIND_CONDITION');
  return stages.length > 2 || known.some(({ stepKind }) => !['KIND_ENTRY', 'KIND_EXIT'].includes(stepKind))
    ? stages
    : undefined;
}

/** Where most of the scans ended that came to no exit. */
export function mostLeft(stages: readonly Stage[]): Stage | undefined {
  const left = stages.filter(({ xLeft }) => xLeft > 0);
  return left.toSorted((one, other) => other.xLeft - one.xLeft)[0];
}
