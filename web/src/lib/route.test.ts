import { describe, expect, it } from 'vitest';
import { parseRoute, paths, SECTIONS } from './route';

const parse = (path: string) => parseRoute(new URL(path, 'http://quietzone.test'));

describe('the address bar', () => {
  it.each([
    ['/app', { page: 'overview' }],
    ['/app/', { page: 'overview' }],
    ['/app/?verdict=all&range=7d', { page: 'overview' }],
    ['/app/links', { page: 'links' }],
    ['/app/links/?trash=1', { page: 'links' }],
    ['/app/links/0190-a', { page: 'link', id: '0190-a' }],
    ['/app/links/%E0%A4', { page: 'link', id: '%E0%A4' }],
    ['/app/links/0190-a/workflow?view=list', { page: 'workflow', id: '0190-a' }],
    ['/app/links/0190-a/design', { page: 'design', id: '0190-a' }],
    ['/app/links/0190-a/elsewhere', { page: 'missing' }],
    ['/app/leads?q=ada', { page: 'leads' }],
    ['/app/counting', { page: 'counting' }],
    ['/app/wall?verdict=all', { page: 'wall' }],
    ['/app/wall/more', { page: 'missing' }],
    ['/app/scans/0190-c', { page: 'scan', id: '0190-c' }],
    ['/app/scans', { page: 'missing' }],
    ['/app/counting/more', { page: 'missing' }],
    ['/app/leads/0190-b', { page: 'lead', id: '0190-b' }],
    ['/app/settings', { page: 'settings', section: undefined }],
    ['/app/settings/system', { page: 'settings', section: 'system' }],
    ['/app/settings/nonsense', { page: 'missing' }],
    ['/app/setup?token=abc', { page: 'setup', token: 'abc' }],
    ['/app/join?token=abc', { page: 'join', token: 'abc' }],
    ['/app/reset', { page: 'reset', token: '' }],
    ['/app/setup/more', { page: 'missing' }],
    ['/app/links/a/b', { page: 'missing' }],
    ['/app/elsewhere', { page: 'missing' }],
    ['/application', { page: 'missing' }],
  ])('%s', (path, route) => expect(parse(path)).toEqual(route));

  it('comes back from the path of any link and section', () => {
    for (const id of ['0190-a', 'a/b ?#%']) expect(parse(paths.link(id))).toEqual({ page: 'link', id });
    for (const id of ['0190-a', 'a/b ?#%']) {
      expect(parse(paths.workflow(id))).toEqual({ page: 'workflow', id });
      expect(parse(paths.design(id))).toEqual({ page: 'design', id });
      expect(parse(paths.lead(id))).toEqual({ page: 'lead', id });
      expect(parse(paths.scan(id))).toEqual({ page: 'scan', id });
    }
    for (const section of SECTIONS)
      expect(parse(paths.settings(section))).toEqual({ page: 'settings', section });
  });
});
