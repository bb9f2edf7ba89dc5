import { expect, it } from 'vitest';
import { valueName } from './names';

it('names places and languages', () => {
  expect(valueName('country', 'DE')).toBe('Germany');
  expect(valueName('language', 'nl')).toBe('Dutch');
  expect(valueName('language', 'not a tag')).toBe('not a tag');
  expect(valueName('city', 'Utrecht')).toBe('Utrecht');
});

it('says the words of the API in plain words', () => {
  expect(valueName('device_type', 'mobile')).toBe('Phone');
  expect(valueName('verdict', 'preview')).toBe('Link preview');
  expect(valueName('outcome', 'something new')).toBe('something new');
});

it('says what is not known', () => {
  expect(valueName('city', '')).toBe('Unknown');
  expect(valueName('referrer', '')).toBe('None (camera, app or typed)');
});

it('calls a link what the server calls it', () => {
  expect(valueName('link', '01a0380a', 'Table 41')).toBe('Table 41');
  expect(valueName('link', '01a0380a')).toBe('A link');
  expect(valueName('link', '01a0380a', 'Table 41 (deleted)')).toBe('Table 41 (deleted)');
});
