import type { Action, AttributeCapture, BackButton, Payload } from '../api/workflow';

/**
 * One step of a workflow as the editor holds it: where its branches lead stands apart from what it is, so
 * that steps can be moved without touching what they say.
 */
export interface Step {
  readonly id: string;
  readonly action: Action;
  /** Without where its options lead. */
  readonly payload: Payload;
  /** Branch id to step id; a branch that leads nowhere is absent. */
  readonly next: Readonly<Record<string, string>>;
  readonly capture: AttributeCapture;
  readonly back: BackButton;
  readonly position: Readonly<{ x: number; y: number }>;
}

/** A whole workflow. Nothing in it is ever changed in place: each edit makes another one. */
export type Doc = readonly Step[];

/** One of the ways on from a step. */
export interface Branch {
  id: string;
  /** Which option of the payload it belongs to; absent for `next` and `else`. */
  option?: number;
}

export type Job = 'ask' | 'show' | 'decide' | 'leave';

/** How a payload holds its branches. */
interface OptionList {
  /** Name of the list in the payload. */
  list: string;
  /** What of an option names its branch. */
  id: string;
  /** Whether there is a branch for everything else. */
  otherwise: boolean;
}

interface Kind {
  /** Key of the wire's payload. */
  key: string;
  /** What it is for; the entry has no job, since nobody adds one. */
  job: Job | undefined;
  ends: boolean;
  page: boolean;
  options?: OptionList;
}

const byId = (list: string): OptionList => ({ list, id: 'id', otherwise: true });
const condition = (key: string, options: OptionList): Kind => ({
  key,
  job: 'decide',
  ends: false,
  page: false,
  options,
});
const page = (key: string, job: Job, ends: boolean): Kind => ({ key, job, ends, page: true });

/** What there is to know of each action but its words. */
export const KINDS: Readonly<Record<Action, Kind>> = {
  LINK_VISIT: { key: 'linkVisit', job: undefined, ends: false, page: false },
  FORM_SUBMIT: page('form', 'ask', false),
  PASSWORD_VERIFY: page('password', 'ask', false),
  MULTI_LINK: {
    ...page('multiLink', 'ask', false),
    options: { list: 'buttons', id: 'id', otherwise: false },
  },
  MESSAGE_PAGE: page('messagePage', 'show', false),
  THANK_YOU_PAGE: page('thankYouPage', 'show', true),
  CONTACT_CARD: page('vcard', 'show', true),
  SOCIAL_LINKS_PAGE: page('socialLinks', 'show', true),
  X_RULES_CONDITION: condition('xRulesCondition', byId('options')),
  TIME_OF_DAY_CONDITION: condition('timeOfDayCondition', byId('ranges')),
  DAY_OF_WEEK_CONDITION: condition('dayOfWeekCondition', byId('options')),
  DAY_OF_MONTH_CONDITION: condition('dayOfMonthCondition', byId('options')),
  SPECIFIC_DATE_CONDITION: condition('specificDateCondition', byId('options')),
  VISIT_TYPE_CONDITION: condition('visitTypeCondition', { list: 'options', id: 'value', otherwise: true }),
  COUNTRY_CONDITION: condition('countryCondition', { list: 'countries', id: 'countryCode', otherwise: true }),
  DEVICE_TYPE_CONDITION: condition('deviceTypeCondition', byId('options')),
  DEVICE_PLATFORM_CONDITION: condition('devicePlatformCondition', byId('options')),
  DEVICE_BROWSER_CONDITION: condition('deviceBrowserCondition', byId('options')),
  DEVICE_BRAND_CONDITION: condition('deviceBrandCondition', byId('options')),
  DEVICE_ACTOR_CONDITION: condition('deviceActorCondition', byId('options')),
  VISITOR_DATA_CONDITION: condition('visitorDataCondition', byId('options')),
  X_SPLIT: condition('xSplit', { list: 'options', id: 'id', otherwise: false }),
  CLIENT_REDIRECT: { key: 'clientRedirect', job: 'leave', ends: true, page: false },
  OPEN_MEDIA: { key: 'openMedia', job: 'leave', ends: true, page: false },
};

export const ACTIONS = Object.keys(KINDS) as Action[];

/** An option of a payload's list. */
export type Option = Record<string, unknown>;

export function optionsOf(step: Pick<Step, 'action' | 'payload'>): readonly Option[] {
  const kind = KINDS[step.action];
  const list = kind.options && step.payload[kind.options.list];
  return Array.isArray(list) ? (list as Option[]) : [];
}

/** All ways on from a step, in the order in which they are tried. */
export function branchesOf(step: Pick<Step, 'action' | 'payload'>): Branch[] {
  const kind = KINDS[step.action];
  if (kind.ends) return [];
  if (!kind.options) return [{ id: 'next' }];
  const { id, otherwise } = kind.options;
  const branches: Branch[] = optionsOf(step).map((option, index) => ({
    id: String(option[id] ?? ''),
    option: index,
  }));
  return otherwise ? [...branches, { id: 'else' }] : branches;
}

export function find(doc: Doc, id: string | undefined): Step | undefined {
  return doc.find((step) => step.id === id);
}

export function entryOf(doc: Doc): Step | undefined {
  return doc.find((step) => step.action === 'LINK_VISIT');
}

/** Reads a text of a payload; anything else is an empty one. */
export function text(of: Record<string, unknown>, key: string): string {
  const value = of[key];
  return typeof value === 'string' ? value : '';
}

/** The texts of a list within a payload or an option. */
export function texts(of: Record<string, unknown>, key: string): string[] {
  const value = of[key];
  return Array.isArray(value) ? value.map(String) : [];
}

export function records(of: Record<string, unknown>, key: string): Record<string, unknown>[] {
  const value = of[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
}
