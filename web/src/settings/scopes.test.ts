import { describe, expect, it } from 'vitest';
import { byResource, leastScopes, scopeSummary } from './scopes';

const scope = (resource: string, access: 'READ' | 'WRITE') => ({
  scope: `API_SCOPE_${resource.toUpperCase()}_${access}`,
  name: `${resource}:${access.toLowerCase()}`,
  resource,
  access: `API_SCOPE_ACCESS_${access}`,
  description: `${access === 'READ' ? 'Read' : 'Read and change'} the ${resource}`,
});
const SCOPES = [
  scope('links', 'READ'),
  scope('links', 'WRITE'),
  scope('media', 'READ'),
  scope('media', 'WRITE'),
  scope('billing', 'WRITE'),
];

describe('scopes', () => {
  it('are a row a resource, with the column that is missing empty', () => {
    expect(byResource(SCOPES)).toEqual([
      { resource: 'links', about: 'the links', read: 'API_SCOPE_LINKS_READ', write: 'API_SCOPE_LINKS_WRITE' },
      { resource: 'media', about: 'the media', read: 'API_SCOPE_MEDIA_READ', write: 'API_SCOPE_MEDIA_WRITE' },
      { resource: 'billing', about: 'the billing', read: undefined, write: 'API_SCOPE_BILLING_WRITE' },
    ]);
  });

  it('are sent as few as do: to change holds to read', () => {
    const chosen = new Set(['API_SCOPE_LINKS_READ', 'API_SCOPE_LINKS_WRITE', 'API_SCOPE_MEDIA_READ']);
    expect(leastScopes(byResource(SCOPES), chosen)).toEqual([
      'API_SCOPE_LINKS_WRITE',
      'API_SCOPE_MEDIA_READ',
    ]);
  });

  it('are told by resource, each under the most it allows', () => {
    expect(
      scopeSummary([
        'API_SCOPE_LINKS_READ',
        'API_SCOPE_LINKS_WRITE',
        'API_SCOPE_PAGE_THEMES_READ',
        'NONSENSE',
      ]),
    ).toEqual({ read: ['page themes'], write: ['links'] });
  });
});
