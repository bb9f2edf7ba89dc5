import { country } from './format';

// Codes that have a name but are no country or territory of their own.
const NONE = new Set(['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'ZZ']);
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
let known: { value: string; label: string }[] | undefined;

/** Every country by its ISO code and name, by name. */
export function countries(): readonly { value: string; label: string }[] {
  known ??= LETTERS.flatMap((first) => LETTERS.map((second) => first + second))
    .filter((code) => !NONE.has(code) && country(code) !== code && new Intl.Locale(`und-${code}`).region === code)
    .map((code) => ({ value: code, label: country(code) }))
    .toSorted((a, b) => a.label.localeCompare(b.label, 'en'));
  return known;
}
