import { describe, expect, it } from 'vitest';
import { newStep } from './fresh';
import { counted, lunchAndDinner } from './sample';
import { ACTIONS, branchesOf } from './step';
import { fromWire, knowsAll, stepToWire, toWire } from './wire';

describe('the wire', () => {
  it('says in each option where it leads', () => {
    const [, time] = toWire(lunchAndDinner());
    expect(time).toMatchObject({
      eventAction: 'EVENT_ACTION_TIME_OF_DAY_CONDITION',
      payload: {
        timeOfDayCondition: { ranges: [{ id: 'lunch', nextStepId: 'noon' }], elseNextStepId: 'night' },
      },
    });
  });

  it('carries our own conditions under a name that closed clients take', () => {
    const split = stepToWire(newStep('X_SPLIT', counted()));
    expect(split.eventAction).toBe('EVENT_ACTION_UNSPECIFIED');
    expect(split.xEventAction).toBe('X_SPLIT');
    expect(Object.keys(split.payload)).toEqual(['xSplit']);
  });

  it('brings every action back as it was sent', () => {
    const fresh = counted();
    const steps = ACTIONS.map((action) => newStep(action, fresh));
    const end = steps.at(-1)?.id ?? '';
    const doc = steps.map((step) => ({
      ...step,
      next: Object.fromEntries(branchesOf(step).map(({ id }) => [id, end])),
    }));
    const back = fromWire(JSON.parse(JSON.stringify(toWire(doc))));
    expect(back.map(({ action, next }) => ({ action, next }))).toEqual(
      doc.map(({ action, next }) => ({ action, next })),
    );
    expect(fromWire(toWire(back))).toEqual(back);
  });

  it('believes the options where the branches are not told', () => {
    const [, time] = toWire(lunchAndDinner());
    const [read] = fromWire([{ ...time!, branches: [] }]);
    expect(read?.next).toEqual({ lunch: 'noon', else: 'night' });
  });

  it('notices steps it does not know', () => {
    const foreign = { id: 'x', eventAction: 'EVENT_ACTION_UNSPECIFIED', xEventAction: 'X_LATER' };
    expect(knowsAll([{ ...foreign, payload: {}, branches: [] }])).toBe(false);
  });
});
