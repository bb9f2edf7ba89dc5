import type { OverviewPlace, Scan } from '../api/words';

/** Where a scan lights up: at its city, else in its country; undefined where its place is not known. */
export function placeOfScan(
  { device }: Pick<Scan, 'device'>,
  places: readonly OverviewPlace[],
): OverviewPlace | undefined {
  if (!device?.country) return undefined;
  const here = places.filter((place) => place.country === device.country);
  return here.find((place) => place.city === (device.city ?? '')) ?? here[0];
}
