import { expect, it } from 'vitest';
import { add, connect } from './graph';
import { type Item, outlineOf } from './outline';
import { lunchAndDinner, step } from './sample';

/** An outline in short: `time(lunch: noon | else: night)`. */
function short(items: readonly Item[]): string {
  return items
    .map((item) => {
      if (item.kind === 'open') return '…';
      if (item.kind === 'reference') return `>${item.step.id}`;
      const inner = item.branches.map(({ branch, items: below }) => `${branch.id}: ${short(below)}`);
      return inner.length > 0 ? `${item.step.id}(${inner.join(' | ')})` : item.step.id;
    })
    .join(', ');
}

it('nests what follows an option, and lists what follows a step', () => {
  expect(short(outlineOf(lunchAndDinner()).items)).toBe('entry, time(lunch: noon | else: night)');
});

it('stands each step once, and refers to it elsewhere', () => {
  const doc = connect(lunchAndDinner(), { stepId: 'time', branchId: 'else' }, 'noon');
  const { items, loose } = outlineOf(doc);
  expect(short(items)).toBe('entry, time(lunch: noon | else: >noon)');
  expect(loose.map(short)).toEqual(['night']);
});

it('shows where a branch leads nowhere, and what is not connected', () => {
  const doc = add(
    add([step('entry', 'LINK_VISIT', { next: 'say' }), step('say', 'MESSAGE_PAGE')], step('a', 'MESSAGE_PAGE', { next: 'b' })),
    step('b', 'THANK_YOU_PAGE'),
  );
  const { items, loose } = outlineOf(doc);
  expect(short(items)).toBe('entry, say, …');
  expect(loose.map(short)).toEqual(['a, b']);
});
