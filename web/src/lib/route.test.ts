import { describe, expect, it } from 'vitest';
import { linksPath, parseRoute } from './route';

const parse = (path: string) => parseRoute(new URL(path, 'http://quietzone.test'));

describe('the address bar', () => {
  it.each([
    ['/app', { page: 'links', link: null, counting: 'human' }],
    ['/app/', { page: 'links', link: null, counting: 'human' }],
    ['/app/?verdict=all', { page: 'links', link: null, counting: 'all' }],
    ['/app/links', { page: 'links', link: null, counting: 'human' }],
    ['/app/links/0190-a', { page: 'links', link: '0190-a', counting: 'human' }],
    ['/app/links/0190-a/?verdict=all', { page: 'links', link: '0190-a', counting: 'all' }],
    ['/app/links/%E0%A4', { page: 'links', link: '%E0%A4', counting: 'human' }],
    ['/app/setup?token=abc', { page: 'setup', token: 'abc' }],
    ['/app/setup', { page: 'setup', token: '' }],
    ['/app/links/a/b', { page: 'missing' }],
    ['/app/elsewhere', { page: 'missing' }],
    ['/application', { page: 'missing' }],
  ])('%s', (path, route) => expect(parse(path)).toEqual(route));

  it('comes back from the path of any link', () => {
    for (const link of [null, '0190-a', 'a/b ?#%']) {
      for (const counting of ['human', 'all'] as const) {
        expect(parse(linksPath(link, counting))).toEqual({ page: 'links', link, counting });
      }
    }
  });
});
