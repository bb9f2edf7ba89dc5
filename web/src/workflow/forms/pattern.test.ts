import { expect, it } from 'vitest';
import { keyFrom, matches } from './pattern';

it('makes a key of a label', () => {
  expect(keyFrom('E-mail')).toBe('$email');
  expect(keyFrom('First name')).toBe('$firstName');
  expect(keyFrom('Favourite dish?')).toBe('favourite_dish');
  expect(keyFrom('Größe (cm)')).toBe('gro_e_cm');
  expect(keyFrom('')).toBe('');
});

it('matches whole answers', () => {
  expect(matches('[A-Z]{2}\\d{4}', 'AB1234')).toBe('yes');
  expect(matches('[A-Z]{2}\\d{4}', 'xAB1234')).toBe('no');
  expect(matches('a|b', 'ab')).toBe('no');
  expect(matches('[', '')).toBe('broken');
});
