import { describe, expect, it } from 'vitest';
import type { Action } from '../api/workflow';
import { newStep } from './fresh';
import {
  add,
  addAt,
  connect,
  disconnect,
  duplicate,
  insertBefore,
  loops,
  mayConnect,
  move,
  parentsOf,
  reachable,
  remove,
  renameOption,
  setPayload,
} from './graph';
import { counted, lunchAndDinner, step } from './sample';
import { ACTIONS, branchesOf, type Doc, find, KINDS } from './step';

const next = (doc: Doc, id: string) => find(doc, id)?.next;

describe('connecting', () => {
  it('leads a branch to a step and takes it away again', () => {
    const doc = lunchAndDinner();
    const both = connect(doc, { stepId: 'time', branchId: 'lunch' }, 'night');
    expect(next(both, 'time')).toEqual({ lunch: 'night', else: 'night' });
    const cut = disconnect(both, { stepId: 'time', branchId: 'lunch' });
    expect(next(cut, 'time')).toEqual({ else: 'night' });
    expect(doc).toEqual(lunchAndDinner());
  });

  it('refuses circles, the entry, and branches that are not there', () => {
    const doc: Doc = [
      step('entry', 'LINK_VISIT', { next: 'a' }),
      step('a', 'MESSAGE_PAGE', { next: 'b' }),
      step('b', 'MESSAGE_PAGE'),
    ];
    expect(mayConnect(doc, { stepId: 'b', branchId: 'next' }, 'a')).toBe(false);
    expect(mayConnect(doc, { stepId: 'b', branchId: 'next' }, 'b')).toBe(false);
    expect(mayConnect(doc, { stepId: 'b', branchId: 'next' }, 'entry')).toBe(false);
    expect(mayConnect(doc, { stepId: 'b', branchId: 'else' }, 'a')).toBe(false);
    expect(connect(doc, { stepId: 'b', branchId: 'next' }, 'a')).toBe(doc);
  });
});

describe('adding', () => {
  it('splices a step into a branch', () => {
    const doc = addAt(lunchAndDinner(), step('form', 'FORM_SUBMIT'), { stepId: 'time', branchId: 'lunch' });
    expect(next(doc, 'time')).toEqual({ lunch: 'form', else: 'night' });
    expect(next(doc, 'form')).toEqual({ next: 'noon' });
  });

  it('ends a branch with a step that ends', () => {
    const doc = addAt(lunchAndDinner(), step('bye', 'THANK_YOU_PAGE'), { stepId: 'time', branchId: 'lunch' });
    expect(next(doc, 'time')?.lunch).toBe('bye');
    expect(next(doc, 'bye')).toEqual({});
    expect(reachable(doc).has('noon')).toBe(false);
  });

  it('puts a condition before a step by its else', () => {
    const doc = insertBefore(lunchAndDinner(), step('land', 'COUNTRY_CONDITION'), 'time');
    expect(next(doc, 'entry')).toEqual({ next: 'land' });
    expect(next(doc, 'land')).toEqual({ else: 'time' });
  });

  it('leads all that led to a step to the one put before it', () => {
    const doc = connect(lunchAndDinner(), { stepId: 'time', branchId: 'lunch' }, 'night');
    const spliced = insertBefore(doc, step('ask', 'PASSWORD_VERIFY'), 'night');
    expect(next(spliced, 'time')).toEqual({ lunch: 'ask', else: 'ask' });
    expect(parentsOf(spliced, 'night')).toEqual([{ stepId: 'ask', branchId: 'next' }]);
  });

  it('puts nothing before the entry, and no end before anything', () => {
    const doc = lunchAndDinner();
    expect(insertBefore(doc, step('ask', 'PASSWORD_VERIFY'), 'entry')).toBe(doc);
    expect(insertBefore(doc, step('end', 'THANK_YOU_PAGE'), 'time')).toBe(doc);
  });
});

describe('taking away', () => {
  it('heals the way by what follows as usual', () => {
    const doc = remove(lunchAndDinner(), 'time');
    expect(next(doc, 'entry')).toEqual({ next: 'night' });
    expect(find(doc, 'time')).toBeUndefined();
    expect(reachable(doc).has('noon')).toBe(false);
  });

  it('heals by another branch where the usual one leads nowhere', () => {
    const open = disconnect(lunchAndDinner(), { stepId: 'time', branchId: 'else' });
    expect(next(remove(open, 'time'), 'entry')).toEqual({ next: 'noon' });
  });

  it('leaves a branch open where an end was', () => {
    expect(next(remove(lunchAndDinner(), 'noon'), 'time')).toEqual({ else: 'night' });
  });

  it('never takes the entry', () => {
    const doc = lunchAndDinner();
    expect(remove(doc, 'entry')).toBe(doc);
  });
});

describe('moving', () => {
  it('takes a step out and puts it behind another branch', () => {
    const doc = addAt(lunchAndDinner(), step('form', 'FORM_SUBMIT'), { stepId: 'entry', branchId: 'next' });
    const moved = move(doc, 'form', { stepId: 'time', branchId: 'lunch' });
    expect(next(moved, 'entry')).toEqual({ next: 'time' });
    expect(next(moved, 'time')).toEqual({ lunch: 'form', else: 'night' });
    expect(next(moved, 'form')).toEqual({ next: 'noon' });
  });

  it('does not move a step behind itself, or into a circle', () => {
    const doc = lunchAndDinner();
    expect(move(doc, 'time', { stepId: 'time', branchId: 'lunch' })).toBe(doc);
    const chain: Doc = [
      step('entry', 'LINK_VISIT', { next: 'pick' }),
      step('pick', 'MULTI_LINK', { b1: 'say', b2: 'say' }),
      step('say', 'MESSAGE_PAGE', { next: 'end' }),
      step('end', 'CLIENT_REDIRECT'),
    ];
    const moved = move(chain, 'pick', { stepId: 'say', branchId: 'next' });
    expect(loops(moved)).toBe(false);
  });
});

describe('options', () => {
  it('keeps where a country leads when it becomes another', () => {
    const doc: Doc = [
      step('entry', 'LINK_VISIT', { next: 'land' }),
      step('land', 'COUNTRY_CONDITION', { DE: 'a', FR: 'b', else: 'b' }),
      step('a', 'CLIENT_REDIRECT'),
      step('b', 'CLIENT_REDIRECT'),
    ];
    const at = setPayload(doc, 'land', { countries: [{ countryCode: 'AT' }, { countryCode: 'FR' }] });
    expect(next(at, 'land')).toEqual({ AT: 'a', FR: 'b', else: 'b' });
    const one = setPayload(doc, 'land', { countries: [{ countryCode: 'FR' }] });
    expect(next(one, 'land')).toEqual({ FR: 'b', else: 'b' });
    const turned = setPayload(doc, 'land', { countries: [{ countryCode: 'FR' }, { countryCode: 'DE' }] });
    expect(next(turned, 'land')).toEqual({ DE: 'a', FR: 'b', else: 'b' });
  });

  it('renames ranges and buttons', () => {
    const doc = renameOption(lunchAndDinner(), 'time', 0, 'Noon');
    expect(find(doc, 'time')?.payload.ranges).toMatchObject([{ id: 'lunch', name: 'Noon' }]);
    expect(next(doc, 'time')).toEqual({ lunch: 'noon', else: 'night' });
    const picks = renameOption([step('pick', 'MULTI_LINK')], 'pick', 1, 'Three');
    expect(find(picks, 'pick')?.payload.buttons).toMatchObject([{ label: 'One' }, { label: 'Three' }]);
  });
});

describe('copies', () => {
  it('have ids of their own and lead to the same steps', () => {
    const copied = duplicate(lunchAndDinner(), 'time', counted());
    expect(copied?.id).toBe('new1');
    const copy = find(copied?.doc ?? [], 'new1');
    expect(copy?.payload.ranges).toMatchObject([{ id: 'new2', name: 'Lunch' }]);
    expect(copy?.next).toEqual({ new2: 'noon', else: 'night' });
    expect(parentsOf(copied?.doc ?? [], 'new1')).toEqual([]);
  });

  it('are not made of the entry', () => {
    expect(duplicate(lunchAndDinner(), 'entry', counted())).toBeUndefined();
  });
});

it('no edit of any order makes a circle', () => {
  // A small generator of numbers, the same in every run.
  let seed = 7;
  const pick = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % n;
  };
  const fresh = counted();
  let doc = lunchAndDinner();
  for (let round = 0; round < 600; round += 1) {
    const some = () => doc[pick(doc.length)]?.id ?? '';
    const place = () => {
      const from = doc[pick(doc.length)];
      const branches = from ? branchesOf(from) : [];
      return { stepId: from?.id ?? '', branchId: branches[pick(Math.max(1, branches.length))]?.id ?? '' };
    };
    const action = ACTIONS[1 + pick(ACTIONS.length - 1)] as Action;
    if (doc.length > 24) doc = remove(doc, some());
    else
      doc =
        [
          () => addAt(doc, newStep(action, fresh), place()),
          () => insertBefore(doc, newStep(action, fresh), some()),
          () => connect(doc, place(), some()),
          () => move(doc, some(), place()),
          () => disconnect(doc, place()),
          () => remove(doc, some()),
          () => add(doc, newStep(action, fresh)),
          () => duplicate(doc, some(), fresh)?.doc ?? doc,
        ][pick(8)]?.() ?? doc;
    expect(loops(doc)).toBe(false);
    const ids = new Set(doc.map(({ id }) => id));
    expect(ids.size).toBe(doc.length);
    for (const { next: branches } of doc)
      for (const target of Object.values(branches)) expect(ids.has(target)).toBe(true);
  }
});

it('every action but the entry has a job, and ends exactly where it has no branches', () => {
  for (const action of ACTIONS) {
    expect(KINDS[action].job === undefined).toBe(action === 'LINK_VISIT');
    expect(branchesOf(newStep(action, counted())).length === 0).toBe(KINDS[action].ends);
  }
  expect(ACTIONS).toHaveLength(24);
});
