import { expect, it } from 'vitest';
import { countries } from './countries';

it('names every country once', () => {
  const all = countries();
  expect(all.length).toBeGreaterThan(240);
  expect(all.length).toBeLessThan(260);
  expect(new Set(all.map(({ label }) => label)).size).toBe(all.length);
  const codes = all.map(({ value }) => value);
  for (const code of ['DE', 'FR', 'US', 'XK', 'TW']) expect(codes).toContain(code);
  for (const code of ['DD', 'UK', 'EU', 'SU']) expect(codes).not.toContain(code);
});
