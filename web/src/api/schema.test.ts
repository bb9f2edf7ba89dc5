import openapiTypescript, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';
import description from '../../../openapi.json?raw';
import committed from './schema.ts?raw';

it('schema.ts is what openapi.json says (mend: npm run schema)', async () => {
  const generated = astToString(await openapiTypescript(description));
  // The command line writes a notice above the same text.
  expect(committed.replace(/^\/\*\*[^]*?\*\/\s*/, '').trim()).toBe(generated.trim());
});
