// The workflow editor in people's hands: what stories and views share.
import { randomUUID } from 'node:crypto';
import { ask } from './api.js';
import { settled, visit } from './browser.js';

/** Opens a link's workflow. `view` is `canvas` or `list`. */
export async function openWorkflow(page, base, id, view = 'canvas') {
  await visit(page, base, `links/${id}/workflow?view=${view}`);
  await page.locator('[data-step]').first().waitFor();
  await settled(page);
}

/** A step of the editor, as a person names it. */
export const stepOf = (page, name) => page.locator('[data-step]').filter({ hasText: name });

/** What stands beside the workflow. */
export const panel = (page) => page.locator('aside');

export const saved = (page) => page.getByText('Draft saved', { exact: true }).waitFor();

/** Publishes what is drawn, and waits until scans follow it. */
export async function publish(page) {
  await page.getByRole('button', { name: 'Publish', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).click();
  await page.getByText(/^Published as version \d+/).last().waitFor();
}

/** Hours of the day that now lies in, an hour and more from either edge. */
export function hoursAround(now) {
  const hour = (by) => `${String((now.getUTCHours() + by + 24) % 24).padStart(2, '0')}:00`;
  return { from: hour(-2), to: hour(3) };
}

const step = (eventAction, payload, next = {}) => ({
  id: randomUUID(),
  eventAction,
  payload,
  branches: Object.entries(next).map(([branchId, nextStepId]) => ({ branchId, nextStepId })),
  canvasPosition: { x: 0, y: 0 },
});

/** A form before the destination. */
export async function drawForm(base, linkId) {
  const path = `/v1/x/links/${linkId}/workflow`;
  const { steps, draft } = await ask(base, 'GET', path);
  const entry = steps.find(({ eventAction }) => eventAction.endsWith('LINK_VISIT'));
  const end = steps.find(({ eventAction }) => eventAction.endsWith('CLIENT_REDIRECT'));
  const formFields = [
    { id: 'mail', key: '$email', label: 'E-mail', type: 'FORM_FIELD_TYPE_EMAIL', required: true, order: 0 },
  ];
  const form = step(
    'EVENT_ACTION_FORM_SUBMIT',
    { form: { formTitle: 'Stay in touch', formDescription: 'News, once a week.', formFields } },
    { next: end.id },
  );
  const begin = { ...entry, branches: [{ branchId: 'next', nextStepId: form.id }] };
  await ask(base, 'PUT', `${path}/draft`, { revision: draft?.revision ?? 0, steps: [begin, form, end] });
}

/** A workflow with something of everything: rules, first or repeat, a form, the time, and a branch left open. */
export async function drawRichWorkflow(base, linkId) {
  const path = `/v1/x/links/${linkId}/workflow`;
  const { steps, draft } = await ask(base, 'GET', path);
  const entry = steps.find(({ eventAction }) => eventAction.endsWith('LINK_VISIT'));
  const dinner = steps.find(({ eventAction }) => eventAction.endsWith('CLIENT_REDIRECT'));
  const lunch = step('EVENT_ACTION_CLIENT_REDIRECT', {
    clientRedirect: { destination: 'https://corner-house.example/lunch', conversionTracking: false },
  });
  const thanks = step('EVENT_ACTION_THANK_YOU_PAGE', {
    thankYouPage: { title: 'Thank you!', description: 'We write on Fridays.' },
  });
  const formFields = [
    { id: 'mail', key: '$email', label: 'E-mail', type: 'FORM_FIELD_TYPE_EMAIL', required: true, order: 0 },
    { id: 'name', key: '$firstName', label: 'First name', type: 'FORM_FIELD_TYPE_TEXT', order: 1 },
    { id: 'dish', key: 'dish', label: 'Favourite dish', type: 'FORM_FIELD_TYPE_TEXT', order: 2 },
  ];
  const form = step(
    'EVENT_ACTION_FORM_SUBMIT',
    { form: { formTitle: 'Stay in touch', formDescription: 'News from the kitchen, once a week.', formFields } },
    { next: thanks.id },
  );
  const ranges = [
    { id: 'lunch', name: 'Lunch', startTime: '11:00', endTime: '14:30', nextStepId: lunch.id },
    { id: 'late', name: 'Late', startTime: '22:00', endTime: '02:00' },
  ];
  const time = step('EVENT_ACTION_TIME_OF_DAY_CONDITION', {
    timeOfDayCondition: { ranges, elseNextStepId: dinner.id },
  });
  const visitType = step('EVENT_ACTION_VISIT_TYPE_CONDITION', {
    visitTypeCondition: {
      options: [{ value: 'VISIT_TYPE_FIRST', nextStepId: form.id }],
      elseNextStepId: time.id,
    },
  });
  const tests = [
    { fact: 'CITY', operator: 'IS', value: 'Berlin' },
    { fact: 'WEEKDAY', operator: 'IN', values: ['1', '2', '3', '4', '5'] },
  ];
  const rules = {
    ...step('EVENT_ACTION_UNSPECIFIED', {
      xRulesCondition: {
        options: [{ id: 'berlin', name: 'Berlin weekdays', match: 'ALL', tests, nextStepId: visitType.id }],
        elseNextStepId: time.id,
      },
    }),
    xEventAction: 'X_RULES_CONDITION',
  };
  const begin = { ...entry, branches: [{ branchId: 'next', nextStepId: rules.id }] };
  await ask(base, 'PUT', `${path}/draft`, {
    revision: draft?.revision ?? 0,
    steps: [begin, rules, visitType, form, thanks, time, lunch, dinner],
  });
}

/** Publishes the draft, warnings and all. */
export async function publishDraft(base, linkId) {
  const path = `/v1/x/links/${linkId}/workflow`;
  const { draft } = await ask(base, 'GET', path);
  return ask(base, 'POST', `${path}/publish`, { revision: draft.revision });
}
