import { createContext, tick } from 'svelte';
import type { Explanation, WorkflowIssue } from '../api/workflow';
import { router } from '../lib/router.svelte';
import { m } from '../messages';
import type { Action } from '../api/workflow';
import { WorkflowDocument } from './document.svelte';
import { newStep } from './fresh';
import {
  addAt,
  connect,
  disconnect,
  duplicate,
  insertBefore,
  move,
  type Place,
  reachable,
  remove,
  setPayload,
  setStep,
} from './graph';
import { issuesOf } from './issues';
import { branchesOf, type Doc, find, type Step } from './step';
import { branchLabel, nameOf } from './told';
import { editorPath, type EditorQuery, parseEditorQuery } from './query';

/** Where a new step is to stand. */
export type Spot = { at: Place } | { before: string };

/** What asks for an answer before something is done. */
export type Asking =
  | { what: 'add'; spot: Spot }
  | { what: 'connect'; from: Place }
  | { what: 'move'; id: string }
  | { what: 'templates' }
  | { what: 'publish' }
  | { what: 'discard' };

const fresh = () => crypto.randomUUID();

/** The editor's hands: what canvas, list and forms do to the one document. */
export class Editor {
  readonly document: WorkflowDocument;
  readonly timeZone: string;
  asking: Asking | undefined = $state.raw();
  /** Where the keyboard is to go when the form is there. */
  entering: 'heading' | 'field' | undefined = $state();
  /** Told to whoever listens, after something was done. */
  said = $state('');
  /** The last pretend scan, and the workflow it walked through. */
  tried: { explanation: Explanation; doc: Doc } | undefined = $state.raw();

  readonly query: EditorQuery = $derived(parseEditorQuery(router.url.searchParams));
  readonly selected: Step | undefined = $derived.by(() => find(this.document.doc, this.query.step));
  readonly reached: ReadonlySet<string> = $derived.by(() => reachable(this.document.doc));
  /** The steps the pretend scan came through, with the branch it took. */
  readonly way: ReadonlyMap<string, { branchId: string | undefined; text: string }> = $derived.by(() => {
    const steps = this.query.panel === 'try' ? (this.tried?.explanation.steps ?? []) : [];
    return new Map(
      steps.map(({ stepId, branchId, text }) => [stepId, { branchId: branchId ?? undefined, text }]),
    );
  });

  constructor(linkId: string, timeZone: string) {
    this.document = new WorkflowDocument(linkId);
    this.timeZone = timeZone;
  }

  show(to: Partial<EditorQuery>): void {
    router.replace(editorPath(this.document.linkId, { ...this.query, ...to }));
  }

  /** Shows a step's form. `enter` takes the keyboard there: to its first field where the step is new. */
  select(id: string | undefined, enter?: 'heading' | 'field'): void {
    this.show({ step: id, panel: id === undefined ? undefined : 'step' });
    if (id !== undefined && enter) this.entering = enter;
  }

  /** Shuts what stands beside the workflow; the keyboard goes back to the step it was of. */
  async shut(): Promise<void> {
    const { step } = this.query;
    // What is still being typed is finished first: a field that vanishes does not say that it has changed.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    this.show({ panel: undefined, step: undefined });
    await tick();
    if (step) document.querySelector<HTMLElement>(`[data-step="${step}"] .head`)?.focus();
  }

  issues(id: string): WorkflowIssue[] {
    return issuesOf(this.document.issues, id);
  }

  /** A place in words: `Lunch, 11:00–14:30`. */
  placeName({ stepId, branchId }: Place): string {
    const step = find(this.document.doc, stepId);
    const branch = step && branchesOf(step).find(({ id }) => id === branchId);
    if (!step || !branch) return '';
    const label = branchLabel(step, branch);
    return branch.option === undefined && branch.id === 'next'
      ? m.workflow.told.first(nameOf(step), '…')
      : `${nameOf(step)}: ${label}`;
  }

  add(action: Action, spot: Spot): Step {
    const step = newStep(action, fresh);
    const { doc } = this.document;
    this.document.rebuild('at' in spot ? addAt(doc, step, spot.at) : insertBefore(doc, step, spot.before));
    this.said = m.workflow.list.added(m.workflow.actions[action].name);
    this.select(step.id, 'field');
    return step;
  }

  remove(id: string): void {
    const { doc } = this.document;
    const step = find(doc, id);
    if (!step || step.action === 'LINK_VISIT') return;
    const after = remove(doc, id);
    const lost = reachable(doc).size - 1 > reachable(after).size;
    this.document.rebuild(after);
    this.said = [m.workflow.list.removed(nameOf(step)), lost ? m.workflow.list.removedLoose : '']
      .join(' ')
      .trim();
    if (this.query.step === id) this.select(undefined);
  }

  duplicate(id: string): void {
    const copied = duplicate(this.document.doc, id, fresh);
    if (!copied) return;
    this.document.rebuild(copied.doc);
    this.select(copied.id, 'heading');
  }

  move(id: string, to: Place): void {
    const step = find(this.document.doc, id);
    this.document.rebuild(move(this.document.doc, id, to));
    if (step) this.said = m.workflow.list.moved(nameOf(step));
  }

  connect(from: Place, to: string): void {
    this.document.rebuild(connect(this.document.doc, from, to));
  }

  disconnect(from: Place): void {
    this.document.rebuild(disconnect(this.document.doc, from));
  }

  /** Another payload for a step; edits of one `field` that follow each other are one to undo. */
  change(id: string, payload: Step['payload'], field = ''): void {
    this.document.edit(setPayload(this.document.doc, id, payload), field && `${id} ${field}`);
  }

  set(id: string, change: Parameters<typeof setStep>[2], field = ''): void {
    this.document.edit(setStep(this.document.doc, id, change), field && `${id} ${field}`);
  }

  readonly fresh = fresh;
}

export const [getEditor, setEditor] = createContext<Editor>();
