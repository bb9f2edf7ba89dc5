import { answer, client } from './client';
import type { Rejudging, RejudgeRun } from './words';

/** The latest runs, newest first. */
export async function listRejudgeRuns(): Promise<RejudgeRun[]> {
  return (await answer(client.GET('/v1/x/analytics/rejudge'))).runs;
}

export async function getRejudgeRun(id: string): Promise<RejudgeRun> {
  return (await answer(client.GET('/v1/x/analytics/rejudge/{id}', { params: { path: { id } } }))).run;
}

/** Judges scans again, or says what would change; in the background. */
export async function rejudge(body: Rejudging): Promise<RejudgeRun> {
  return (await answer(client.POST('/v1/x/analytics/rejudge', { body }))).run;
}
