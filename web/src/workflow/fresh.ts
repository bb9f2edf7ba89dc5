import type { Action, Payload } from '../api/workflow';
import { m } from '../messages';
import { DEVICE_VALUES } from './facts';
import type { Step } from './step';

/** Makes an id that nothing else has; a parameter, so that what is built can be foreseen in tests. */
export type Fresh = () => string;

/** A step as it stands when it was just added: as much as can be foreseen is filled in. */
export function newStep(action: Action, fresh: Fresh, payload: Payload = beginning(action, fresh)): Step {
  return {
    id: fresh(),
    action,
    payload,
    next: {},
    capture: { enabled: false, writes: [] },
    back: { enabled: false },
    position: { x: 0, y: 0 },
  };
}

/** One more option for a step that has options. */
export function newOption(action: Action, fresh: Fresh, taken: readonly string[]): Record<string, unknown> {
  const values = DEVICE_VALUES[action];
  switch (action) {
    case 'COUNTRY_CONDITION':
      return { countryCode: '' };
    case 'DAY_OF_WEEK_CONDITION':
      return { id: fresh(), name: '', daysOfWeek: [1, 2, 3, 4, 5] };
    case 'TIME_OF_DAY_CONDITION':
      return { id: fresh(), name: '', startTime: '11:00', endTime: '14:30' };
    case 'DAY_OF_MONTH_CONDITION':
      return { id: fresh(), name: '', dayOfMonth: 1 };
    case 'SPECIFIC_DATE_CONDITION':
      return { id: fresh(), name: '', day: 24, month: 12 };
    case 'VISITOR_DATA_CONDITION':
      return { id: fresh(), attributeKey: '', operator: 'STRING_EQUALS', comparisonValue: '' };
    case 'X_RULES_CONDITION':
      return { id: fresh(), name: '', match: 'ALL', tests: [newTest('COUNTRY')] };
    case 'X_SPLIT':
      return { id: fresh(), name: m.workflow.templates.version(letter(taken.length)), weight: 50 };
    case 'MULTI_LINK':
      return { id: fresh(), label: '' };
    default: {
      const words = Object.keys(m.workflow.values[values?.values ?? ''] ?? {});
      const free = words.find((word) => !taken.includes(`${values?.prefix}${word}`)) ?? words[0] ?? '';
      const value = `${values?.prefix ?? ''}${free}`;
      // Visit types are named by their value; the other options have ids and names.
      return action === 'VISIT_TYPE_CONDITION' ? { value } : { id: fresh(), name: '', value };
    }
  }
}

/** One more test of a rule. */
export function newTest(fact: string): Record<string, unknown> {
  switch (fact) {
    case 'TIME_OF_DAY':
      return { fact, operator: 'BETWEEN', from: '11:00', to: '14:30' };
    case 'WEEKDAY':
      return { fact, operator: 'IN', values: ['1', '2', '3', '4', '5'] };
    case 'DAY_OF_MONTH':
      return { fact, operator: 'IS', value: '1' };
    case 'NTH_SCAN':
      return { fact, operator: 'AT_LEAST', value: '2' };
    case 'DATE_RANGE':
      return { fact, operator: 'BETWEEN', from: '', to: '' };
    case 'RADIUS':
      return { fact, operator: 'IS', radiusKm: 10 };
    case 'ATTRIBUTE':
      return { fact, key: '', operator: 'STRING_EQUALS', value: '' };
    case 'COUNTRY':
    case 'VISIT_TYPE':
    case 'DEVICE_TYPE':
    case 'PLATFORM':
    case 'BROWSER':
    case 'BRAND':
    case 'ACTOR':
      return { fact, operator: 'IN', values: [] };
    default:
      return { fact, operator: 'IS', value: '' };
  }
}

function letter(n: number): string {
  return String.fromCharCode(65 + (n % 26));
}

function beginning(action: Action, fresh: Fresh): Payload {
  const words = m.workflow.templates;
  switch (action) {
    case 'CLIENT_REDIRECT':
      return { destination: '', conversionTracking: false };
    case 'OPEN_MEDIA':
      return { mediaId: '' };
    case 'PASSWORD_VERIFY':
      return { title: words.passwordTitle };
    case 'FORM_SUBMIT':
      return {
        formTitle: words.formTitle,
        formFields: [
          {
            id: fresh(),
            key: '$email',
            label: words.emailField,
            type: 'FORM_FIELD_TYPE_EMAIL',
            required: true,
            order: 0,
          },
        ],
      };
    case 'CONTACT_CARD':
      return { firstName: '', lastName: '', saveButtonEnabled: true, socialLinks: [] };
    case 'MULTI_LINK':
      return { title: '', buttons: [newOption(action, fresh, []), newOption(action, fresh, [])] };
    case 'SOCIAL_LINKS_PAGE':
      return {
        title: '',
        displayStyle: 'SOCIAL_LINKS_DISPLAY_STYLE_DETAILED',
        links: [{ id: fresh(), platform: '', url: '' }],
      };
    case 'MESSAGE_PAGE':
      return {
        title: words.welcomeTitle,
        description: words.welcomeText,
        navigationType: 'MESSAGE_PAGE_NAVIGATION_TYPE_BUTTON',
        buttonLabel: words.on,
      };
    case 'THANK_YOU_PAGE':
      return { title: m.workflow.actions.THANK_YOU_PAGE.name };
    case 'COUNTRY_CONDITION':
      return { countries: [newOption(action, fresh, [])] };
    case 'TIME_OF_DAY_CONDITION':
      return { ranges: [newOption(action, fresh, [])] };
    case 'X_SPLIT': {
      const first = newOption(action, fresh, []);
      return { options: [first, newOption(action, fresh, [''])], sticky: 'VISITOR' };
    }
    case 'LINK_VISIT':
      return {};
    default:
      return { options: [newOption(action, fresh, [])] };
  }
}
