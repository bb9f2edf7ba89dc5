import { expect, it } from 'vitest';
import { csvOf } from './csv';

it('is read by spreadsheets as it was meant, and runs nothing', () => {
  expect(csvOf(['Stadt', 'Scans'], [['Basel, "Alt"', 3], ['=1+1', -2], ['', 0]])).toBe(
    'Stadt,Scans\r\n"Basel, ""Alt""",3\r\n\'=1+1,-2\r\n,0\r\n',
  );
});
