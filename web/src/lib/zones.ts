import { folded } from './folded';

// The list of time zones, and finding one by what a person calls it.

/** Every IANA zone this browser knows, UTC first: it is a zone like the others, but browsers leave it out. */
export function allZones(): string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
}

/** The zone this device lives in. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `America/Argentina/Buenos_Aires` as it is read: `America / Argentina / Buenos Aires`. */
export function spokenZone(zone: string): string {
  return zone.replaceAll('/', ' / ').replaceAll('_', ' ');
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format is slow, and a list shows hundreds. */
function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  formats.set(timeZone, format);
  return format;
}

/** `UTC+02:00` as of an instant; a zone the browser does not know has none. */
export function offsetOf(zone: string, at: Date): string {
  try {
    const parts = offsetFormat(zone).formatToParts(at);
    const offset = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
    return offset.replace('GMT', 'UTC').replace('+00:00', '');
  } catch {
    return '';
  }
}

/**
 * The zones that hold every typed word, those whose city begins with what was typed first. Case, accents,
 * underscores and slashes do not matter: `buenos`, `new york` and `europe berlin` find their zone.
 */
export function findZones(zones: readonly string[], typed: string, limit: number): string[] {
  const words = folded(typed).split(' ').filter(Boolean);
  const found = zones
    .map((zone) => ({ zone, text: folded(zone) }))
    .filter(({ text }) => words.every((word) => text.includes(word)));
  const rank = ({ zone, text }: { zone: string; text: string }) => {
    const city = folded(zone.slice(zone.lastIndexOf('/') + 1));
    if (text === words.join(' ')) return 0;
    return words[0] !== undefined && city.startsWith(words[0]) ? 1 : 2;
  };
  return found
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, limit)
    .map(({ zone }) => zone);
}
