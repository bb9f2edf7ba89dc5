import { paths } from '../lib/route';

export const VIEWS = ['canvas', 'list'] as const;
export type EditorView = (typeof VIEWS)[number];
const PANELS = ['step', 'try', 'history'] as const;
export type EditorPanel = (typeof PANELS)[number];

/** What the editor shows, as its address says it. */
export interface EditorQuery {
  /** Absent: as the screen suggests. */
  view: EditorView | undefined;
  panel: EditorPanel | undefined;
  /** The step that is edited. */
  step: string | undefined;
}

export function parseEditorQuery(query: URLSearchParams): EditorQuery {
  const step = query.get('step') ?? undefined;
  const panel = PANELS.find((name) => name === query.get('panel'));
  return {
    view: VIEWS.find((name) => name === query.get('view')),
    panel: panel ?? (step === undefined ? undefined : 'step'),
    step,
  };
}

export function editorPath(linkId: string, { view, panel, step }: EditorQuery): string {
  const query = new URLSearchParams();
  if (view) query.set('view', view);
  if (step) query.set('step', step);
  if (panel && panel !== 'step') query.set('panel', panel);
  return query.size > 0 ? `${paths.workflow(linkId)}?${query}` : paths.workflow(linkId);
}
