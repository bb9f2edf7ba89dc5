import { expect, it } from 'vitest';
import { loops, reachable } from './graph';
import { counted, step } from './sample';
import { find } from './step';
import { TEMPLATES, withTemplate } from './templates';

const PLAIN = [step('entry', 'LINK_VISIT', { next: 'end' }), step('end', 'CLIENT_REDIRECT')];

it.each(TEMPLATES)('%s keeps where the link leads, and connects all its steps', (template) => {
  const built = withTemplate(PLAIN, template, counted());
  const doc = built?.doc ?? [];
  expect(reachable(doc)).toEqual(new Set(doc.map(({ id }) => id)));
  expect(find(doc, 'end')).toEqual(PLAIN[1]);
  expect(find(doc, built?.look)).toBeDefined();
  expect(loops(doc)).toBe(false);
  expect(doc.length).toBeGreaterThan(PLAIN.length);
});

it('leads lunch elsewhere and everything else where the code led', () => {
  const built = withTemplate(PLAIN, 'hours', counted());
  const time = built?.doc.find(({ action }) => action === 'TIME_OF_DAY_CONDITION');
  expect(time?.next.else).toBe('end');
  expect(time?.payload.ranges).toMatchObject([{ name: 'Lunch', startTime: '11:00', endTime: '14:30' }]);
  expect(built?.look).toBe(time?.next[Object.keys(time.next).find((id) => id !== 'else') ?? '']);
});

it('keeps the present steps as the first version of a split', () => {
  const built = withTemplate(PLAIN, 'split', counted());
  const split = built?.doc.find(({ action }) => action === 'X_SPLIT');
  const [a, b] = Object.values(split?.next ?? {});
  expect(a).toBe('end');
  expect(b).toBe(built?.look);
});

it('needs something that the link leads to', () => {
  expect(withTemplate([step('entry', 'LINK_VISIT')], 'form', counted())).toBeUndefined();
});
