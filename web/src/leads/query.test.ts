import { describe, expect, it } from 'vitest';
import { isWhole, leadsPath, parseLeadQuery, sorted, USUAL } from './query';

const parse = (path: string) => parseLeadQuery(new URL(path, 'http://quietzone.test').searchParams);

describe('the address of the leads', () => {
  it.each([
    USUAL,
    { ...USUAL, search: 'ada & co', sort: 'scans' as const, ascending: true },
    {
      ...USUAL,
      filters: [
        { key: 'plan', operator: 'STRING_EQUALS', value: 'pro plus' },
        { key: '$email', operator: 'EXISTS', value: '' },
        { key: 'n', operator: 'NUMBER_GREATER_OR_EQUAL', value: '3' },
      ],
    },
  ])('brings back what it was made of', (query) => expect(parse(leadsPath(query))).toEqual(query));

  it('leaves out what it does not know', () => {
    expect(parse('/app/leads?where=plan&where=plan LIKE x&sort=name')).toEqual(USUAL);
    expect(isWhole(parse('/app/leads?sort=scans'))).toBe(true);
    expect(isWhole(parse('/app/leads?q=a'))).toBe(false);
  });

  it('turns an order around', () => {
    const once = sorted(USUAL, 'scans');
    expect(once).toMatchObject({ sort: 'scans', ascending: false });
    expect(sorted(once, 'scans').ascending).toBe(true);
  });
});
