import { expect, it } from 'vitest';
import { heightOf, isPiled, isTidy, NODE_WIDTH, tidied } from './layout';
import { add, addAt, setStep } from './graph';
import { lunchAndDinner, step } from './sample';
import { find } from './step';

it('stands steps in columns, in the order of the way', () => {
  const doc = tidied(lunchAndDinner());
  const x = (id: string) => find(doc, id)?.position.x ?? -1;
  expect(x('entry')).toBe(0);
  expect(x('time')).toBeGreaterThan(NODE_WIDTH);
  expect(x('noon')).toBe(x('night'));
  expect(x('noon')).toBeGreaterThan(x('time'));
});

it('lets no step cover another', () => {
  let doc = lunchAndDinner();
  doc = addAt(doc, step('pick', 'MULTI_LINK'), { stepId: 'time', branchId: 'lunch' });
  doc = addAt(doc, step('a', 'THANK_YOU_PAGE'), { stepId: 'pick', branchId: 'b2' });
  doc = tidied(add(doc, step('loose', 'MESSAGE_PAGE', { next: 'night' })));
  for (const one of doc)
    for (const other of doc) {
      if (one === other) continue;
      const apart =
        Math.abs(one.position.x - other.position.x) >= NODE_WIDTH ||
        one.position.y + heightOf(one) <= other.position.y ||
        other.position.y + heightOf(other) <= one.position.y;
      expect(apart, `${one.id} and ${other.id}`).toBe(true);
    }
  expect(Math.min(...doc.map(({ position }) => position.y))).toBe(0);
});

it('knows whether somebody has moved a step', () => {
  expect(isPiled(lunchAndDinner())).toBe(true);
  const doc = tidied(lunchAndDinner());
  expect(isTidy(doc)).toBe(true);
  expect(isTidy(setStep(doc, 'noon', { position: { x: 900, y: 700 } }))).toBe(false);
});

it('takes a long workflow in its stride', () => {
  let doc = lunchAndDinner();
  for (let n = 0; n < 60; n += 1)
    doc = addAt(doc, step(`m${n}`, 'MESSAGE_PAGE'), { stepId: 'entry', branchId: 'next' });
  expect(new Set(tidied(doc).map(({ position }) => position.x)).size).toBe(63);
});
