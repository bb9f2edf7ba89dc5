import { call } from './client';

// A link's workflow as the API speaks of it. Steps travel in the Linkbreakers format; what begins with an x
// is ours.

/** What a step does, under the wire's name without `EVENT_ACTION_`. */
export type Action =
  | 'LINK_VISIT'
  | 'CLIENT_REDIRECT'
  | 'PASSWORD_VERIFY'
  | 'FORM_SUBMIT'
  | 'CONTACT_CARD'
  | 'MULTI_LINK'
  | 'SOCIAL_LINKS_PAGE'
  | 'MESSAGE_PAGE'
  | 'THANK_YOU_PAGE'
  | 'OPEN_MEDIA'
  | 'VISIT_TYPE_CONDITION'
  | 'COUNTRY_CONDITION'
  | 'DAY_OF_WEEK_CONDITION'
  | 'TIME_OF_DAY_CONDITION'
  | 'DAY_OF_MONTH_CONDITION'
  | 'SPECIFIC_DATE_CONDITION'
  | 'DEVICE_TYPE_CONDITION'
  | 'DEVICE_PLATFORM_CONDITION'
  | 'DEVICE_BROWSER_CONDITION'
  | 'DEVICE_BRAND_CONDITION'
  | 'DEVICE_ACTOR_CONDITION'
  | 'VISITOR_DATA_CONDITION'
  | 'X_RULES_CONDITION'
  | 'X_SPLIT';

/** The object of a step, under its own key of the wire's `payload`. */
export type Payload = Record<string, unknown>;

export interface AttributeWrite {
  key: string;
  value: string;
  type: string;
  mode: string;
}

export interface AttributeCapture {
  enabled: boolean;
  writes: AttributeWrite[];
}

export interface BackButton {
  enabled: boolean;
  label?: string;
}

export interface WireBranch {
  branchId: string;
  label?: string;
  nextStepId?: string | null;
}

/** A step as it is read, and as it is sent with a draft. */
export interface WireStep {
  id: string;
  eventAction: string;
  xEventAction?: string;
  payload: Record<string, Payload>;
  branches: WireBranch[];
  attributeCapture?: AttributeCapture | null;
  backButton?: BackButton | null;
  canvasPosition?: { x: number; y: number } | null;
}

export interface WorkflowIssue {
  severity: string;
  code: string;
  message: string;
  /** Absent where the workflow as a whole is meant. */
  stepId?: string | null;
  stepType?: string | null;
  branchId?: string | null;
  field?: string | null;
}

export interface Workflow {
  /** Of the published workflow; 0 while none was published. */
  version: number;
  publishedAt?: string | null;
  publishedBy?: string | null;
  draft: { revision: number; baseVersion: number; updatedAt: string; updatedBy?: string | null } | null;
  /** Those of the draft where there is one, else the published ones. */
  steps: WireStep[];
  issues: WorkflowIssue[];
}

export interface WorkflowVersion {
  version: number;
  publishedAt: string;
  publishedBy?: string | null;
  summary: string;
  current: boolean;
}

export interface WorkflowChange {
  kind: string;
  stepId?: string | null;
  text: string;
}

/** A scan that never was: what is asked of a workflow by `explain`. */
export interface PretendScan {
  at?: string;
  country?: string;
  region?: string;
  city?: string;
  latitude?: number;
  longitude?: number;
  language?: string;
  userAgent?: string;
  deviceType?: string;
  platform?: string;
  browser?: string;
  brand?: string;
  actor?: string;
  visitType?: string;
  nth?: number;
  referrer?: string;
  query?: string;
  organisation?: string;
  placement?: string;
  attributes?: Record<string, string>;
}

export interface ExplainedStep {
  stepId: string;
  branchId?: string | null;
  branchLabel?: string | null;
  text: string;
  /** What each test asked, and what came out. */
  tests?: string[];
}

export interface Explanation {
  steps: ExplainedStep[];
  end: {
    outcome: string;
    stepId?: string | null;
    destination?: string | null;
    /** Whether a page of ours is shown. */
    page?: boolean;
    status: number;
    text: string;
  };
}

/** How a visitor's page is shown to the one who makes it. */
export interface PreviewLook {
  language: string;
  dark: boolean;
}

const WORKFLOW = '/v1/x/links/{linkId}/workflow';

export function getWorkflow(linkId: string): Promise<Workflow> {
  return call('get', WORKFLOW, { path: { linkId } });
}

/** Saves the draft over the `revision` it was made from; 0 where there was none. */
export function putDraft(linkId: string, revision: number, steps: WireStep[]): Promise<Workflow> {
  return call('put', `${WORKFLOW}/draft`, { path: { linkId }, body: { revision, steps } });
}

export async function deleteDraft(linkId: string): Promise<void> {
  await call('delete', `${WORKFLOW}/draft`, { path: { linkId } });
}

/** `force` publishes although somebody else has published since the draft was begun. */
export function publishDraft(linkId: string, revision: number, force: boolean): Promise<Workflow> {
  const body = force ? { revision, force } : { revision };
  return call('post', `${WORKFLOW}/publish`, { path: { linkId }, body });
}

export async function listVersions(linkId: string): Promise<WorkflowVersion[]> {
  type Answer = { versions: WorkflowVersion[] };
  return (await call<Answer>('get', `${WORKFLOW}/versions`, { path: { linkId } })).versions;
}

/** What has changed from one version to another, or to the draft, in words. */
export async function diffVersions(
  linkId: string,
  from: number,
  to: number | 'draft',
): Promise<WorkflowChange[]> {
  type Answer = { changes: WorkflowChange[] };
  const sent = { path: { linkId }, query: { from, to } };
  return (await call<Answer>('get', `${WORKFLOW}/diff`, sent)).changes;
}

export function rollBack(linkId: string, version: number): Promise<Workflow> {
  const path = { linkId, version: String(version) };
  return call('post', `${WORKFLOW}/versions/{version}/rollback`, { path });
}

export function explain(linkId: string, scan: PretendScan): Promise<Explanation> {
  const body = { scan, draft: true };
  return call('post', '/v1/x/links/{linkId}/explain', { path: { linkId }, body });
}

/** The page of a step as a visitor will see it, whole. */
export async function previewStep(linkId: string, step: WireStep, look: PreviewLook): Promise<string> {
  type Answer = { html: string };
  const body = { step, ...look };
  return (await call<Answer>('post', `${WORKFLOW}/preview`, { path: { linkId }, body })).html;
}

/** The steps that scans follow now, whatever a draft says. */
export async function publishedSteps(linkId: string): Promise<{ steps: WireStep[]; drafted: boolean }> {
  const workflow = await getWorkflow(linkId);
  if (!workflow.draft || workflow.version === 0) return { steps: workflow.steps, drafted: false };
  type Answer = { steps: WireStep[] };
  const path = { linkId, version: String(workflow.version) };
  const { steps } = await call<Answer>('get', `${WORKFLOW}/versions/{version}`, { path });
  return { steps, drafted: true };
}
