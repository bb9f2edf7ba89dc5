import { describe, expect, it } from 'vitest';
import { problemOf } from './problem';

describe('an error answer', () => {
  it('speaks beside the field that is at fault', () => {
    const problem = problemOf(400, {
      code: 400,
      codeType: 'VALIDATION_FAILED',
      message: 'The destination is not a web address.',
      details: [{ field: '/destination' }, { field: '/name', message: 'Too long.' }, { other: 1 }, null],
    });
    expect(problem.field('destination')).toBe('The destination is not a web address.');
    expect(problem.field('name')).toBe('Too long.');
    expect(problem.beside('destination')).toBeUndefined();
    expect(problem.beside('email')).toBe('The destination is not a web address.');
  });

  it('keeps the pointer of a nested field', () => {
    const problem = problemOf(400, {
      message: 'No.',
      details: [{ field: '/payload/clientRedirect/destination' }],
    });
    expect(problem.field('payload/clientRedirect/destination')).toBe('No.');
  });

  it.each([undefined, '<html>', { message: '' }, { details: 'x' }])('%j is named by its status', (body) => {
    expect(problemOf(502, body).message).toBe('The server answered 502.');
  });
});
