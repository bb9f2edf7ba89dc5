import { expect, it } from 'vitest';
import type { OverviewPlace, Scan } from '../api/words';
import { placeOfScan } from './pulses';

const place = (country: string, city: string) => ({ country, city }) as OverviewPlace;
const places = [place('CH', 'Zurich'), place('CH', 'Basel'), place('AT', 'Vienna')];
const scan = (country: string, city?: string) => ({ device: { country, city } }) as Scan;

it('lights up at the city of a scan, else somewhere in its country, else nowhere', () => {
  expect(placeOfScan(scan('CH', 'Basel'), places)?.city).toBe('Basel');
  expect(placeOfScan(scan('CH', 'Chur'), places)?.city).toBe('Zurich');
  expect(placeOfScan(scan('CH'), places)?.city).toBe('Zurich');
  expect(placeOfScan(scan('DE', 'Basel'), places)).toBeUndefined();
  expect(placeOfScan(scan(''), places)).toBeUndefined();
  expect(placeOfScan({ device: null }, places)).toBeUndefined();
});
