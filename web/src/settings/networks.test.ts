import { describe, expect, it } from 'vitest';
import { isNetwork, networkLines, refusedLine, wrongLines } from './networks';

describe('a network', () => {
  it.each([
    '203.0.113.7',
    '198.51.100.0/24',
    '0.0.0.0/0',
    '2001:db8::1',
    '2001:db8::/32',
    '::ffff:192.0.2.1',
    '::1/128',
  ])('is %s', (text) => expect(isNetwork(text)).toBe(true));

  it.each([
    '',
    'office',
    '203.0.113',
    '203.0.113.256',
    '01.2.3.4',
    '198.51.100.0/33',
    '198.51.100.0/',
    '198.51.100.0/24/1',
    '2001:db8::/129',
    '2001:zz8::1',
    'fe80::1%eth0',
    '203.0.113.7:80',
  ])('is not %j', (text) => expect(isNetwork(text)).toBe(false));
});

describe('the lines', () => {
  it('are parted by commas too and keep their number', () => {
    expect(networkLines('203.0.113.7\n\n 198.51.100.0/24, ::1\n')).toEqual([
      { line: 1, text: '203.0.113.7' },
      { line: 3, text: '198.51.100.0/24' },
      { line: 3, text: '::1' },
    ]);
  });

  it('that are wrong are named with their number', () => {
    expect(wrongLines('203.0.113.7\nthe office')).toEqual([{ line: 2, text: 'the office' }]);
  });

  it('are found from the entry that the API refused', () => {
    expect(refusedLine('\n203.0.113.7\n10.0.0.0/4', 'xTeamNetworks/1')).toEqual({
      line: 3,
      text: '10.0.0.0/4',
    });
    expect(refusedLine('203.0.113.7', 'name')).toBeUndefined();
  });
});
