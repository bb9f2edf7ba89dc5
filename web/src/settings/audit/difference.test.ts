import { expect, test } from 'vitest';
import { difference } from './difference';

test('what differs is told field by field, in words', () => {
  const before = { name: 'Door', xPaused: false, tags: [], updatedAt: 'x', statusCodes: { a: 1, b: null } };
  const after = { name: 'Gate', xPaused: true, tags: ['print', 'spring'], updatedAt: 'y', statusCodes: {} };
  expect(difference({ before, after })).toEqual([
    { field: 'name', before: 'Door', after: 'Gate' },
    { field: 'paused', before: 'no', after: 'yes' },
    { field: 'tags', before: 'nothing', after: 'print, spring' },
    { field: 'status codes', before: 'a: 1', after: 'nothing' },
  ]);
});

test('of what was made only what it has is told, and a long text is cut', () => {
  const after = { id: '1', notes: '', endpointUrl: 'x'.repeat(500), role: 'ROLE_ADMIN' };
  expect(difference({ before: {}, after })).toEqual([
    { field: 'endpoint url', before: undefined, after: `${'x'.repeat(160)}…` },
    { field: 'role', before: undefined, after: 'role admin' },
  ]);
});
