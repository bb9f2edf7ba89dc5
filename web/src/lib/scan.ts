import type { Device, Link, Scan } from '../api/words';
import { m } from '../messages';
import { country } from './format';

// How a scan reads in the list. Pure: a scan in, words out.

/** Merges newly heard scans into a list, newest first by (time, id), each id once, `limit` rows at most. */
export function mergeScans(known: readonly Scan[], heard: readonly Scan[], limit: number): Scan[] {
  const byId = new Map(known.map((scan) => [scan.id, scan]));
  for (const scan of heard) byId.set(scan.id, scan);
  return [...byId.values()].sort(newestFirst).slice(0, limit);
}

function newestFirst(a: Scan, b: Scan): number {
  return timeOf(b) - timeOf(a) || (a.id < b.id ? 1 : -1);
}

function timeOf(scan: Scan): number {
  return Date.parse(scan.scannedAt ?? '') || 0;
}

/** `Berlin, Germany`, as much of it as is known; undefined when nothing is. */
export function placeOf(device: Partial<Device> | null | undefined): string | undefined {
  const land = device?.country ? country(device.country) : undefined;
  const parts = [device?.city || device?.region, land].filter((part) => part);
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** `Apple iPhone`, `Samsung SM-G991B`; the kind of device when no name is known. */
export function deviceOf(device: Partial<Device> | null | undefined): string | undefined {
  const brand = device?.deviceBrand ?? '';
  const name = device?.deviceName ?? '';
  const full = name.toLowerCase().startsWith(brand.toLowerCase()) ? name : `${brand} ${name}`.trim();
  return full || m.scans.deviceTypes[device?.deviceType ?? ''] || undefined;
}

/** `Mobile Safari on iOS`, as much of it as is known. */
export function browserOf(device: Partial<Device> | null | undefined): string | undefined {
  const { browserName: browser, platformName: platform } = device ?? {};
  return browser && platform ? m.scans.browserOn(browser, platform) : browser || platform || undefined;
}

/** How the visitor came: by the printed code, or by following the short address. */
export function actionOf(scan: Scan): string {
  return scan.action === 'ACTION_SCAN' ? m.scans.code : m.scans.click;
}

/** Whether this browser was there before, as far as the workspace lets scans know it. */
export function visitOf(scan: Scan): string | undefined {
  if (scan.visitType === 'VISIT_TYPE_FIRST') return m.scans.first;
  if (scan.visitType === 'VISIT_TYPE_RETURNING') return m.scans.again;
  return undefined;
}

/** A link as a person names it: its name, else its slug. */
export function linkName(link: { name?: string | null; shortlink?: string | null }): string {
  return link.name || link.shortlink || m.scans.unnamed;
}

/** A link as all numbers name it: one that was deleted says so, one of which nothing is left is `(deleted link)`. */
export function toldLink(link: Pick<Link, 'name' | 'shortlink' | 'xDeletedAt'> | null | undefined): string {
  if (!link) return m.values.goneLink;
  return link.xDeletedAt ? m.values.deletedLink(linkName(link)) : linkName(link);
}
