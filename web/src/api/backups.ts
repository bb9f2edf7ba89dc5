import { answer, client } from './client';
import type { Backups } from './words';

/** Where backups are made, when, and those there were. */
export function getBackups(): Promise<Backups> {
  return answer(client.GET('/v1/x/backups'));
}

/** Makes one now, in the background. */
export function makeBackup(): Promise<Backups> {
  return answer(client.POST('/v1/x/backups'));
}
