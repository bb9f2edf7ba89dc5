import { answer, client } from './client';
import type { OwnWorkspace, Session, Workspace, WorkspaceChange } from './words';

export function getWorkspace(): Promise<Workspace> {
  return answer(client.GET('/v1/workspace'));
}

export function changeWorkspace(change: WorkspaceChange): Promise<Workspace> {
  return answer(client.PUT('/v1/workspace', { body: change }));
}

/** The workspaces this account is a member of. */
export async function listWorkspaces(): Promise<OwnWorkspace[]> {
  return (await answer(client.GET('/v1/x/workspaces'))).workspaces;
}

/** Makes a workspace; the answer holds a token of its own, shown this once. */
export async function createWorkspace(
  name: string,
  timezone: string,
): Promise<{ id: string; token: string }> {
  const made = await answer(client.POST('/v1/x/workspaces', { body: { name, timezone } }));
  return { id: made.workspace.id, token: made.accessToken };
}

export function enterWorkspace(workspaceId: string): Promise<Session> {
  return answer(client.POST('/v1/x/session/workspace', { body: { workspaceId } }));
}

/** Whether scans of this browser are left out of the numbers. */
export async function getDoNotCount(): Promise<boolean> {
  return (await answer(client.GET('/v1/x/do-not-count'))).on;
}

export async function setDoNotCount(on: boolean): Promise<boolean> {
  return (await answer(client.PUT('/v1/x/do-not-count', { body: { on } }))).on;
}

/** Drops the demo's workspace whole and opens an empty one. */
export function leaveDemo(workspaceName: string, timezone: string): Promise<Session> {
  return answer(client.POST('/v1/x/demo/leave', { body: { workspaceName, timezone } }));
}
