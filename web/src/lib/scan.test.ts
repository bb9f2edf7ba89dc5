import { describe, expect, it } from 'vitest';
import type { Scan } from '../api/words';
import { actionOf, browserOf, deviceOf, linkName, mergeScans, placeOf, toldLink, visitOf } from './scan';

const scan = (id: string, second: number): Scan =>
  ({ id, scannedAt: new Date(second * 1000).toISOString() }) as Scan;
const ids = (scans: Scan[]) => scans.map((s) => s.id).join('');

describe('the list of scans', () => {
  it('is newest first whatever the order of arrival', () => {
    expect(ids(mergeScans([scan('b', 2)], [scan('a', 1), scan('c', 3)], 9))).toBe('cba');
  });
  it('orders scans of one instant by id, newest id first', () => {
    expect(ids(mergeScans([scan('a', 1), scan('c', 1)], [scan('b', 1)], 9))).toBe('cba');
  });
  it('shows a scan once though list and feed both tell of it, with the later telling', () => {
    const [only, ...others] = mergeScans([scan('a', 1)], [{ ...scan('a', 1), xReason: 'browser' }], 9);
    expect(others).toEqual([]);
    expect(only?.xReason).toBe('browser');
  });
  it('drops the oldest past its limit', () => {
    expect(ids(mergeScans([scan('b', 2), scan('a', 1)], [scan('c', 3)], 2))).toBe('cb');
  });
});

describe('the words of a scan', () => {
  it('tells the place as far as known', () => {
    expect(placeOf({ city: 'Berlin', region: 'Land Berlin', country: 'DE' })).toBe('Berlin, Germany');
    expect(placeOf({ region: 'Bavaria', country: 'DE' })).toBe('Bavaria, Germany');
    expect(placeOf({ country: 'FR' })).toBe('France');
    expect(placeOf({ city: '', country: '' })).toBeUndefined();
    expect(placeOf(undefined)).toBeUndefined();
  });
  it('names the device without saying the brand twice', () => {
    expect(deviceOf({ deviceBrand: 'Apple', deviceName: 'iPhone' })).toBe('Apple iPhone');
    expect(deviceOf({ deviceBrand: 'Google', deviceName: 'Google Pixel 9' })).toBe('Google Pixel 9');
    expect(deviceOf({ deviceBrand: 'Samsung' })).toBe('Samsung');
    expect(deviceOf({ deviceType: 'DEVICE_TYPE_TABLET' })).toBe('Tablet');
    expect(deviceOf({ deviceType: 'DEVICE_TYPE_UNKNOWN' })).toBeUndefined();
  });
  it('tells browser and platform as far as known', () => {
    expect(browserOf({ browserName: 'Mobile Safari', platformName: 'iOS' })).toBe('Mobile Safari on iOS');
    expect(browserOf({ platformName: 'iOS' })).toBe('iOS');
    expect(browserOf({})).toBeUndefined();
  });
  it('tells code from click and first from again', () => {
    expect(actionOf({ ...scan('a', 1), action: 'ACTION_SCAN' })).toBe('code');
    expect(actionOf({ ...scan('a', 1), action: 'ACTION_CLICK' })).toBe('click');
    expect(visitOf({ ...scan('a', 1), visitType: 'VISIT_TYPE_FIRST' })).toBe('first');
    expect(visitOf({ ...scan('a', 1), visitType: 'VISIT_TYPE_RETURNING' })).toBe('again');
    expect(visitOf({ ...scan('a', 1), visitType: 'VISIT_TYPE_UNSPECIFIED' })).toBeUndefined();
  });
  it('calls a link by its name, else its slug', () => {
    expect(linkName({ name: 'Spring', shortlink: 's' })).toBe('Spring');
    expect(linkName({ name: '', shortlink: 's' })).toBe('s');
    const xDeletedAt = '2026-11-23T14:00:00Z';
    expect(toldLink({ name: 'Spring', shortlink: 's' })).toBe('Spring');
    expect(toldLink({ name: 'Spring', shortlink: 's', xDeletedAt })).toBe('Spring (deleted)');
    expect(toldLink({ name: '', shortlink: 's', xDeletedAt })).toBe('s (deleted)');
    expect(toldLink(undefined)).toBe('(deleted link)');
  });
});
