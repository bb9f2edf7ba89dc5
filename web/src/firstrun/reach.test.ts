import { expect, it } from 'vitest';
import { listenCommand } from './reach';

it.each([
  ['127.0.0.1:8080', 'quietzone serve --listen 0.0.0.0:8080 --base-url http://192.168.1.20:8080'],
  ['[::1]:8080', 'quietzone serve --listen 0.0.0.0:8080 --base-url http://192.168.1.20:8080'],
])('the command keeps the port of %s', (listen, command) => {
  expect(listenCommand(listen, 'http://192.168.1.20:8080')).toBe(command);
});
