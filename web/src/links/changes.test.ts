import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../api/words';
import { tell } from './changes';

const entry = (action: string, changes: HistoryEntry['changes']): HistoryEntry => ({
  id: '1',
  at: '2026-03-10T09:00:00Z',
  action,
  actor: { kind: 'member', name: 'owner@example.com' },
  changes,
});
const day = (at: string) => at.slice(0, 10);

describe('a change in words', () => {
  it('says how a field was and how it became', () => {
    const told = tell(
      entry('updated', [
        { field: 'name', before: '', after: 'Menu' },
        { field: 'tags', before: ['a'], after: ['a', 'b'] },
        { field: 'xPaused', before: false, after: true },
        { field: 'expiresAt', before: null, after: '2026-12-31T23:59:59.999Z' },
        { field: 'qrcodeDesign', before: {}, after: { color: '#112233' } },
      ]),
      day,
    );
    expect(told).toEqual([
      { field: 'Name', before: 'nothing', after: 'Menu' },
      { field: 'Tags', before: 'a', after: 'a, b' },
      { field: 'Paused', before: 'no', after: 'yes' },
      { field: 'End', before: 'nothing', after: '2026-12-31' },
      { field: 'Look of the code', after: 'changed' },
    ]);
  });

  it('tells a new destination once, not as a version as well', () => {
    const changes = [
      { field: 'xDestination', before: 'https://a.example/', after: 'https://b.example/x' },
      { field: 'xWorkflowVersion', before: 1, after: 2 },
    ];
    expect(tell(entry('updated', changes), day)).toEqual([
      { field: 'Destination', before: 'a.example', after: 'b.example/x' },
    ]);
    expect(tell(entry('updated', changes.slice(1)), day)[0]).toMatchObject({ before: 'version 1', after: 'version 2' });
  });

  it('tells what happened to addresses one by one', () => {
    const slug = (shortlink: string, more = {}) => ({
      shortlink,
      customDomainId: null,
      placement: '',
      live: true,
      ...more,
    });
    const before = [slug('a'), slug('b'), slug('c')];
    const after = [slug('A'), slug('b', { live: false, placement: 'Door' }), slug('d')];
    const told = tell(entry('updated', [{ field: 'xSlugs', before, after }]), day);
    expect(told.map(({ after }) => after)).toEqual(['/b stopped', '/b is “Door”', '/d added', '/c released']);
  });

  it('says of a new link only what it has', () => {
    const told = tell(
      entry('created', [
        { field: 'name', before: null, after: '' },
        { field: 'shortlink', before: null, after: 'menu' },
      ]),
      day,
    );
    expect(told).toEqual([{ field: 'Main address', after: '/menu' }]);
  });
});
