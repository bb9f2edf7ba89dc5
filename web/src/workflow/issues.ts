import { sentence } from '../api/problem';
import type { WorkflowIssue } from '../api/workflow';

// What is wrong with a workflow, put beside what it is about.

export function isError(issue: WorkflowIssue): boolean {
  return issue.severity.toUpperCase().endsWith('ERROR');
}

export function issuesOf(issues: readonly WorkflowIssue[], stepId: string): WorkflowIssue[] {
  return issues.filter((issue) => issue.stepId === stepId);
}

/**
 * The words for one field of a step. `path` is what the pointer ends with: `formFields/0/key`, where the
 * wire may say `/payload/form/formFields/0/key`.
 */
export function fieldIssue(issues: readonly WorkflowIssue[], path: string): string | undefined {
  const issue = issues.find(({ field }) => field && `/${field}`.endsWith(`/${path}`));
  return issue && sentence(issue.message);
}
