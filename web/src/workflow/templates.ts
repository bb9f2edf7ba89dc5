import { m } from '../messages';
import { type Fresh, newStep } from './fresh';
import { addAt, insertBefore } from './graph';
import { branchesOf, type Doc, entryOf, find, type Step } from './step';

/** Examples to begin with. Each is built in front of what the code leads to now, which stays as it is. */
export const TEMPLATES = ['hours', 'repeat', 'place', 'form', 'password', 'split'] as const;
export type Template = (typeof TEMPLATES)[number];

/** The workflow with the example in it, and the step to look at first; undefined where nothing leads anywhere. */
export function withTemplate(
  doc: Doc,
  template: Template,
  fresh: Fresh,
): { doc: Doc; look: string } | undefined {
  const present = find(doc, entryOf(doc)?.next.next);
  if (!present) return undefined;
  const words = m.workflow.templates;

  /** The step stands before the present one, and its first options lead to steps of their own. */
  function before(step: Step, others: readonly Step[]) {
    const options = branchesOf(step).filter((branch) => branch.option !== undefined);
    // In a split the present steps are the first version.
    const free = step.action === 'X_SPLIT' ? options.slice(1) : options;
    let built = insertBefore(doc, step, present?.id ?? '');
    others.forEach((other, index) => {
      const branch = free[index];
      if (branch) built = addAt(built, other, { stepId: step.id, branchId: branch.id });
    });
    return { doc: built, look: others[0]?.id ?? step.id };
  }

  const elsewhere = () => newStep('CLIENT_REDIRECT', fresh);
  switch (template) {
    case 'hours': {
      const ranges = [{ id: fresh(), name: words.lunch, startTime: '11:00', endTime: '14:30' }];
      return before(newStep('TIME_OF_DAY_CONDITION', fresh, { ranges }), [elsewhere()]);
    }
    case 'repeat': {
      const options = [{ value: 'VISIT_TYPE_FIRST' }];
      const welcome = newStep('MESSAGE_PAGE', fresh);
      const welcomed = { ...welcome, next: { next: present.id } };
      return before(newStep('VISIT_TYPE_CONDITION', fresh, { options }), [welcomed]);
    }
    case 'place': {
      const city = { fact: 'CITY', operator: 'IS', value: '' };
      const land = { fact: 'COUNTRY', operator: 'IN', values: [] };
      const options = [
        { id: fresh(), name: '', match: 'ALL', tests: [city] },
        { id: fresh(), name: '', match: 'ALL', tests: [land] },
      ];
      const rules = newStep('X_RULES_CONDITION', fresh, { options });
      return { ...before(rules, [elsewhere(), elsewhere()]), look: rules.id };
    }
    case 'form':
      return before(newStep('FORM_SUBMIT', fresh), []);
    case 'password':
      return before(newStep('PASSWORD_VERIFY', fresh), []);
    case 'split':
      return before(newStep('X_SPLIT', fresh), [elsewhere()]);
  }
}
