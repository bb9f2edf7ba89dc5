import { asProblem, type Problem } from '../api/problem';
import {
  deleteDraft,
  getWorkflow,
  publishDraft,
  putDraft,
  rollBack,
  type WireStep,
  type Workflow,
  type WorkflowIssue,
} from '../api/workflow';
import { forget, keep, kept } from './kept';
import { isPiled, isTidy, tidied } from './layout';
import type { Doc } from './step';
import { fromWire, knowsAll, toWire } from './wire';

const SAVE_AFTER_MS = 700;
const RETRY_MS = 5_000;
/** Edits of the same thing in this time are undone together. */
const ONE_EDIT_MS = 1_500;
const UNDO_STEPS = 200;

export type Saving = 'same' | 'saved' | 'dirty' | 'saving' | 'offline' | 'refused';

/** A link's workflow while it is edited: what was done, what of it the server has, what is wrong with it. */
export class WorkflowDocument {
  state: 'reading' | 'read' | 'failed' = $state('reading');
  doc: Doc = $state.raw([]);
  saving: Saving = $state('same');
  /** Why reading or saving failed. */
  problem: Problem | undefined = $state.raw();
  /** The published version; 0 for none. */
  version = $state(0);
  publishedAt: Date | undefined = $state.raw();
  hasDraft = $state(false);
  issues: readonly WorkflowIssue[] = $state.raw([]);
  /** Whose changes win: asked when the draft was saved elsewhere (`remote`), or this browser holds unsent ones. */
  conflict: 'remote' | 'local' | undefined = $state();
  /** Holds steps this dashboard does not know: it must not be saved over. */
  foreign = $state(false);
  canUndo = $state(false);
  canRedo = $state(false);

  readonly linkId: string;
  #revision = 0;
  #past: Doc[] = [];
  #future: Doc[] = [];
  #merged: { what: string; at: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #local: WireStep[] | undefined;

  constructor(linkId: string) {
    this.linkId = linkId;
  }

  get changed(): boolean {
    return this.saving === 'dirty' || this.saving === 'saving' || this.saving === 'offline';
  }

  async read(): Promise<void> {
    try {
      const workflow = await getWorkflow(this.linkId);
      this.#begin(workflow);
      this.#takeUpLocal();
    } catch (thrown) {
      this.problem = asProblem(thrown);
      if (this.state === 'reading') this.state = 'failed';
    }
  }

  /**
   * Another workflow in place of the present one. Edits with the same `what`, soon after each other, are one
   * step of undo.
   */
  edit(next: Doc, what = ''): void {
    if (next === this.doc || this.foreign) return;
    const now = Date.now();
    const same = what !== '' && this.#merged?.what === what && now - this.#merged.at < ONE_EDIT_MS;
    if (!same) {
      this.#past.push(this.doc);
      if (this.#past.length > UNDO_STEPS) this.#past.shift();
    }
    this.#merged = { what, at: now };
    this.#future = [];
    this.#show(next);
  }

  /** The same for an edit that adds or removes steps: where all stand in order, they do so afterwards. */
  rebuild(next: Doc): void {
    if (next === this.doc) return;
    this.edit(isTidy(this.doc) ? tidied(next) : next);
  }

  undo(): void {
    const before = this.#past.pop();
    if (!before) return;
    this.#future.push(this.doc);
    this.#merged = undefined;
    this.#show(before);
  }

  redo(): void {
    const after = this.#future.pop();
    if (!after) return;
    this.#past.push(this.doc);
    this.#merged = undefined;
    this.#show(after);
  }

  /** Sends what is not saved, at once. */
  async save(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    if (this.changed) await this.#send();
  }

  /** Publishes the draft; answers what refuses it, or the new version. */
  async publish(force: boolean): Promise<Problem | undefined> {
    await this.save();
    if (this.saving !== 'saved' && this.saving !== 'same') return this.problem;
    try {
      this.#begin(await publishDraft(this.linkId, this.#revision, force), true);
      return undefined;
    } catch (thrown) {
      return asProblem(thrown);
    }
  }

  async discard(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    if (this.hasDraft) await deleteDraft(this.linkId);
    forget(this.linkId);
    this.#begin(await getWorkflow(this.linkId));
  }

  async rollBack(version: number): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    if (this.hasDraft) await deleteDraft(this.linkId);
    forget(this.linkId);
    this.#begin(await rollBack(this.linkId, version));
  }

  /** Settles whose changes win. */
  async settle(winner: 'mine' | 'theirs'): Promise<void> {
    const local = this.#local;
    const mine = this.doc;
    const was = this.conflict;
    this.conflict = undefined;
    this.#local = undefined;
    forget(this.linkId);
    const workflow = await getWorkflow(this.linkId);
    this.#begin(workflow);
    if (winner === 'theirs') return;
    this.edit(was === 'local' && local ? fromWire(local) : mine);
    await this.save();
  }

  /** Goes away: what is not saved is sent; what cannot be sent is kept in this browser. */
  close(): void {
    clearTimeout(this.#timer);
    if (this.changed && this.conflict === undefined) void this.#send();
  }

  #begin(workflow: Workflow, keepHistory = false): void {
    const doc = fromWire(workflow.steps);
    this.#take(workflow);
    this.foreign = !knowsAll(workflow.steps);
    this.doc = isPiled(doc) ? tidied(doc) : doc;
    this.saving = workflow.draft ? 'saved' : 'same';
    this.problem = undefined;
    this.state = 'read';
    if (keepHistory) return;
    this.#past = [];
    this.#future = [];
    this.#note();
  }

  #take(workflow: Workflow): void {
    this.#revision = workflow.draft?.revision ?? 0;
    this.hasDraft = workflow.draft !== null && workflow.draft !== undefined;
    this.version = workflow.version;
    this.publishedAt = workflow.publishedAt ? new Date(workflow.publishedAt) : undefined;
    this.issues = workflow.issues;
  }

  #takeUpLocal(): void {
    const local = kept(this.linkId);
    if (!local) return;
    if (local.revision === this.#revision) {
      this.edit(fromWire(local.steps));
    } else {
      this.#local = local.steps;
      this.conflict = 'local';
    }
  }

  #show(doc: Doc): void {
    this.doc = doc;
    this.#note();
    this.saving = 'dirty';
    keep(this.linkId, this.#revision, toWire(doc));
    this.#soon(SAVE_AFTER_MS);
  }

  #note(): void {
    this.canUndo = this.#past.length > 0;
    this.canRedo = this.#future.length > 0;
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer);
    if (this.conflict === undefined) this.#timer = setTimeout(() => void this.#send(), ms);
  }

  #send(): Promise<void> {
    this.#sending ??= this.#put().finally(() => (this.#sending = undefined));
    return this.#sending;
  }

  async #put(): Promise<void> {
    const sent = this.doc;
    if (this.saving !== 'offline') this.saving = 'saving';
    try {
      const workflow = await putDraft(this.linkId, this.#revision, toWire(sent));
      this.#take(workflow);
      this.problem = undefined;
      if (this.doc === sent) {
        this.#dropSecrets();
        this.saving = 'saved';
        forget(this.linkId);
      } else {
        this.saving = 'dirty';
        keep(this.linkId, this.#revision, toWire(this.doc));
        this.#soon(SAVE_AFTER_MS);
      }
    } catch (thrown) {
      this.#failed(asProblem(thrown), sent);
    }
  }

  #failed(problem: Problem, sent: Doc): void {
    this.problem = problem;
    if (problem.status === 409) {
      this.saving = 'dirty';
      this.conflict = 'remote';
    } else if (problem.status === 0 || problem.status >= 500) {
      this.saving = 'offline';
      this.#soon(RETRY_MS);
    } else {
      this.saving = 'refused';
      this.issues = refusals(problem, sent);
      if (this.doc !== sent) this.#soon(SAVE_AFTER_MS);
    }
  }

  /** A password that was sent is the server's: from here on it is only known that there is one. */
  #dropSecrets(): void {
    if (!this.doc.some(({ payload }) => payload.password)) return;
    this.doc = this.doc.map((step) => {
      if (step.action !== 'PASSWORD_VERIFY' || !step.payload.password) return step;
      const { password: _, ...rest } = step.payload;
      return { ...step, payload: { ...rest, xPasswordSet: true } };
    });
  }
}

/** What of a refused draft is at fault: `/steps/2/payload/form/formFields/0/key` is a field of the third step. */
export function refusals(problem: Problem, sent: Doc): WorkflowIssue[] {
  return [...problem.fields].flatMap(([field, message]) => {
    const [, index, rest = ''] = /^steps\/(\d+)(.*)$/.exec(field) ?? [];
    const step = sent[Number(index)];
    if (!step) return [];
    return [
      { severity: 'ERROR', code: 'REFUSED', message, stepId: step.id, stepType: step.action, field: rest },
    ];
  });
}
