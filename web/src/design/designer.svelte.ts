import {
  applyTemplate,
  deleteTemplate,
  getDesign,
  listTemplates,
  type Preview,
  previewDesign,
  saveTemplate,
  type Template,
  updateDesign,
} from '../api/designs';
import { asProblem, type Problem } from '../api/problem';
import { paced } from '../lib/paced';
import { changeTo, type Look, PLAIN, readLook, sameLook } from './look';

/** One look at the server's picture while somebody draws at a slider. */
const PREVIEW_EVERY_MS = 120;
/** Changes of the same thing within this time are one step back. */
const ONE_STEP_MS = 700;

/** The look of one link's code while it is designed. */
export class Designer {
  state: 'reading' | 'read' | 'failed' = $state('reading');
  problem: Problem | undefined = $state.raw();
  look: Look = $state.raw(PLAIN);
  saved: Look = $state.raw(PLAIN);
  preview: Preview | undefined = $state.raw();
  /** Whether the preview is of an older look. */
  drawing = $state(false);
  busy = $state(false);
  templates: Template[] | undefined = $state.raw();

  readonly changed = $derived(!sameLook(this.look, this.saved));
  readonly canUndo = $derived.by(() => this.#past.length > 0);
  readonly canRedo = $derived.by(() => this.#future.length > 0);

  #past: Look[] = $state.raw([]);
  #future: Look[] = $state.raw([]);
  #last = { what: '', at: 0 };
  readonly #linkId: string;
  readonly #designId: string;
  readonly #draw = paced(() => this.#preview(), PREVIEW_EVERY_MS);

  constructor(linkId: string, designId: string) {
    this.#linkId = linkId;
    this.#designId = designId;
  }

  async read(): Promise<void> {
    this.state = 'reading';
    try {
      this.saved = readLook(await getDesign(this.#designId));
      this.look = this.saved;
      this.state = 'read';
      this.#redraw();
    } catch (thrown) {
      this.problem = asProblem(thrown);
      this.state = 'failed';
    }
    await this.readTemplates();
  }

  async readTemplates(): Promise<void> {
    try {
      this.templates = await listTemplates();
    } catch {
      // Looks can be designed without templates; the next visit asks again.
      this.templates ??= [];
    }
  }

  close(): void {
    this.#draw.stop();
  }

  /** Changes something; `what` names it, so that a drag along a slider is one step back. */
  set(change: Partial<Look>, what: string, now = Date.now()): void {
    const next = { ...this.look, ...change };
    if (sameLook(next, this.look)) return;
    const goesOn = this.#last.what === what && now - this.#last.at < ONE_STEP_MS;
    if (!goesOn) this.#past = [...this.#past, this.look];
    this.#last = { what, at: now };
    this.#future = [];
    this.#show(next);
  }

  undo(): void {
    const before = this.#past.at(-1);
    if (!before) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, this.look];
    this.#show(before);
    this.#last.what = '';
  }

  redo(): void {
    const after = this.#future.at(-1);
    if (!after) return;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, this.look];
    this.#show(after);
    this.#last.what = '';
  }

  reset(): void {
    this.set(PLAIN, 'reset');
  }

  /** Gives the code this look for all to see. */
  async save(): Promise<boolean> {
    return this.#act(async () => {
      const wanted = this.look;
      const saved = readLook(await updateDesign(this.#designId, changeTo(wanted, this.saved)));
      const goneOn = this.look !== wanted;
      this.saved = saved;
      if (!goneOn) this.look = saved;
    });
  }

  /** The whole look of a template. One without a picture is tried on; one with a picture is the code's at once. */
  async wear(template: Template): Promise<boolean> {
    const { qrcodeDesign } = template;
    if (qrcodeDesign && !qrcodeDesign.centralImageSignedUrl) {
      this.set(readLook(qrcodeDesign), `template ${template.id}`);
      return true;
    }
    return this.#act(async () => {
      const saved = readLook(await applyTemplate(this.#linkId, template.id));
      this.#past = [...this.#past, this.look];
      this.#future = [];
      this.saved = saved;
      this.#show(saved);
    });
  }

  async keepAsTemplate(name: string): Promise<boolean> {
    return this.#act(async () => {
      await saveTemplate(this.#linkId, name);
      await this.readTemplates();
    });
  }

  async forget(template: Template): Promise<boolean> {
    return this.#act(async () => {
      await deleteTemplate(template.id);
      this.templates = this.templates?.filter((one) => one.id !== template.id);
    });
  }

  async #act(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = undefined;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.problem = asProblem(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }

  #show(look: Look): void {
    this.look = look;
    this.problem = undefined;
    this.#redraw();
  }

  #redraw(): void {
    this.drawing = true;
    this.#draw.ask();
  }

  async #preview(): Promise<void> {
    const look = this.look;
    try {
      const preview = await previewDesign(this.#designId, changeTo(look, this.saved));
      if (this.look === look) {
        this.preview = preview;
        this.drawing = false;
      }
    } catch (thrown) {
      if (this.look === look) {
        this.problem = asProblem(thrown);
        this.drawing = false;
      }
    }
  }
}
