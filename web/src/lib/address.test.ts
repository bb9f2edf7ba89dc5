import { describe, expect, it } from 'vitest';
import { asDestination, isAddress, isLoopback } from './address';

describe('a typed destination', () => {
  it.each([
    ['example.com', 'https://example.com'],
    ['  example.com/menu?x=1 ', 'https://example.com/menu?x=1'],
    ['localhost:3000/a', 'https://localhost:3000/a'],
    ['http://example.com', 'http://example.com'],
    ['HTTPS://EXAMPLE.COM', 'HTTPS://EXAMPLE.COM'],
    ['mailto:a@example.com', 'mailto:a@example.com'],
    ['tel:+4930123456', 'tel:+4930123456'],
    ['tel:030123456', 'tel:030123456'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
    ['', ''],
  ])('%j means %j', (typed, meant) => expect(asDestination(typed)).toBe(meant));
});

describe('what is typed', () => {
  it.each([
    'example.com',
    ' example.com/menu ',
    'https://example.com',
    'http://localhost:3000/a',
    'café.example:8443?x=1',
    'tel:+4930123456',
  ])('%j is an address', (typed) => expect(isAddress(typed)).toBe(true));
  it.each(['', 'menu', 'summer menu', 'e.g. menu', 'https://', 'v1.2', 'table 7.'])('%j is words', (typed) =>
    expect(isAddress(typed)).toBe(false),
  );
});

describe('loopback', () => {
  it.each([
    'http://127.0.0.1:8080',
    'http://127.9.9.9/x',
    'http://LOCALHOST',
    'http://a.localhost',
    'http://[::1]:80/',
  ])('%s stays on this computer', (address) => expect(isLoopback(address)).toBe(true));
  it.each([
    'http://192.168.1.20:8080',
    'https://127.0.0.1.example.com',
    'https://go.example.com',
    'nonsense',
  ])('%s does not', (address) => expect(isLoopback(address)).toBe(false));
});
