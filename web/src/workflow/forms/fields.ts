import { getEditor } from '../editor.svelte';
import { fieldIssue } from '../issues';
import { KINDS, type Option, optionsOf, type Step, text } from '../step';

/** What the form of a step reads and writes; asked anew for each reading, so that it follows the document. */
export function stepFields(step: () => Step) {
  const editor = getEditor();
  const listKey = () => KINDS[step().action].options?.list ?? 'options';

  return {
    editor,
    text: (key: string) => text(step().payload, key),
    flag: (key: string) => step().payload[key] === true,
    put(key: string, value: unknown) {
      editor.change(step().id, { ...step().payload, [key]: value }, key);
    },
    /** Takes a key away instead of leaving it empty. */
    putOrDrop(key: string, value: string) {
      const { [key]: _, ...rest } = step().payload;
      editor.change(step().id, value === '' ? rest : { ...rest, [key]: value }, key);
    },
    error: (path: string) => fieldIssue(editor.issues(step().id), path),
    options: () => optionsOf(step()),
    listKey,
    putOptions(options: readonly Option[], field = '') {
      editor.change(step().id, { ...step().payload, [listKey()]: options }, field);
    },
    putOption(index: number, change: Option) {
      const options = optionsOf(step()).map((option, at) => (at === index ? { ...option, ...change } : option));
      const field = `${listKey()}/${index}/${Object.keys(change).join()}`;
      editor.change(step().id, { ...step().payload, [listKey()]: options }, field);
    },
    optionError: (index: number, key: string) =>
      fieldIssue(editor.issues(step().id), `${listKey()}/${index}/${key}`),
  };
}

export type StepFields = ReturnType<typeof stepFields>;

/** One thing of a list in a payload, written back whole. */
export function replaced<Item>(items: readonly Item[], index: number, change: Partial<Item>): Item[] {
  return items.map((item, at) => (at === index ? { ...item, ...change } : item));
}
