import { expect, it } from 'vitest';
import { serveCommand } from './reach';

const present = { baseUrlSource: 'listening', listen: '127.0.0.1:8080', lanUrl: 'http://192.168.1.20:8080' };

it('the command keeps the port and the data', () => {
  expect(serveCommand(present, '/srv/qz')).toBe('quietzone serve --data /srv/qz --listen 0.0.0.0:8080');
  expect(serveCommand({ ...present, listen: '[::1]:9000' }, '/srv/qz')).toContain('--listen 0.0.0.0:9000');
});

it('a configured base URL is named anew', () => {
  expect(serveCommand({ ...present, baseUrlSource: 'configuration' }, 'data')).toBe(
    'quietzone serve --data data --listen 0.0.0.0:8080 --base-url http://192.168.1.20:8080',
  );
});

it('a path with spaces stays one word', () => {
  expect(serveCommand(present, "/home/ada's data")).toContain(`--data '/home/ada'\\''s data' --listen`);
});
