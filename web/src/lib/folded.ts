/** A text as it is searched in: without case, accents, and the signs that names of zones and slugs hold. */
export function folded(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/[/_\s-]+/g, ' ')
    .trim();
}
