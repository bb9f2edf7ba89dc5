import { country, language, share, spokenAddress, weekday } from '../lib/format';
import { spokenZone } from '../lib/zones';
import type { Action } from '../api/workflow';
import { m } from '../messages';
import { bareValue, DEVICE_VALUES, FACTS, takesValue } from './facts';
import {
  type Branch,
  branchesOf,
  type Doc,
  entryOf,
  find,
  KINDS,
  type Option,
  optionsOf,
  records,
  type Step,
  text,
  texts,
} from './step';

// Steps and branches in plain words: what stands on the canvas, in the list, and beside a link.

type Told = Pick<Step, 'action' | 'payload'>;

/** A step's own name: the title of a page, the address it leads to, else what kind of step it is. */
export function nameOf(step: Told): string {
  const { payload, action } = step;
  const own: Partial<Record<Action, () => string>> = {
    CLIENT_REDIRECT: () => spokenAddress(text(payload, 'destination')) || m.workflow.told.noAddress,
    FORM_SUBMIT: () => text(payload, 'formTitle'),
    PASSWORD_VERIFY: () => text(payload, 'title'),
    MULTI_LINK: () => text(payload, 'title'),
    SOCIAL_LINKS_PAGE: () => text(payload, 'title'),
    MESSAGE_PAGE: () => text(payload, 'title'),
    THANK_YOU_PAGE: () => text(payload, 'title'),
    CONTACT_CARD: () =>
      [text(payload, 'firstName'), text(payload, 'lastName')].filter(Boolean).join(' ') ||
      text(payload, 'organization'),
  };
  const { name, question } = m.workflow.actions[action];
  return own[action]?.() || question || name;
}

/** What more there is to say of a step, in a line. */
export function summaryOf(step: Told): string {
  const { payload } = step;
  const told = m.workflow.told;
  switch (step.action) {
    case 'LINK_VISIT':
      return m.workflow.actions.LINK_VISIT.about;
    case 'FORM_SUBMIT': {
      const fields = records(payload, 'formFields').map((field) => text(field, 'label') || text(field, 'key'));
      return fields.length > 0 ? told.asks(fields.join(', ')) : told.asksNothing;
    }
    case 'PASSWORD_VERIFY':
      return told.asksPassword;
    case 'MULTI_LINK':
      return told.buttons(optionsOf(step).length);
    case 'SOCIAL_LINKS_PAGE':
      return told.links(records(payload, 'links').length);
    case 'MESSAGE_PAGE':
      return text(payload, 'navigationType').endsWith('TIMER')
        ? told.byTimer(Number(payload.timerSeconds ?? 0))
        : told.byButton;
    case 'THANK_YOU_PAGE':
      return text(payload, 'description');
    case 'CONTACT_CARD':
      return text(payload, 'organization') || told.saves;
    case 'OPEN_MEDIA':
      return told.file;
    case 'CLIENT_REDIRECT':
      return '';
    default:
      return zoneOf(payload);
  }
}

/** A way on, as a heading of what follows it: `Lunch: if it is 11:00–14:30`. */
export function branchHeading(step: Told, branch: Branch): string {
  const told = m.workflow.told;
  const option = branch.option === undefined ? undefined : optionsOf(step)[branch.option];
  if (!option || KINDS[step.action].job !== 'decide' || step.action === 'X_SPLIT') {
    const label = branchLabel(step, branch);
    return label.charAt(0).toUpperCase() + label.slice(1);
  }
  const name = text(option, 'name');
  const what = conditionText(step, option);
  return name ? told.whenNamed(name, what) : told.when(what);
}

/** What an option asks, behind an `if`. */
function conditionText(step: Told, option: Option): string {
  const told = m.workflow.told;
  const meant = optionText(step, option) || '…';
  switch (step.action) {
    case 'TIME_OF_DAY_CONDITION':
    case 'DAY_OF_WEEK_CONDITION':
    case 'DAY_OF_MONTH_CONDITION':
    case 'SPECIFIC_DATE_CONDITION':
      return told.itIs(meant);
    case 'COUNTRY_CONDITION':
      return told.inCountry(meant);
    case 'VISIT_TYPE_CONDITION':
      return bareValue(step.action, text(option, 'value')) === 'FIRST' ? told.firstScan : told.laterScan;
    case 'X_RULES_CONDITION':
    case 'VISITOR_DATA_CONDITION':
      return meant.charAt(0).toLowerCase() + meant.slice(1);
    default:
      return told.deviceIs(m.workflow.actions[step.action].name, meant);
  }
}

function zoneOf(payload: Told['payload']): string {
  const zone = text(payload, 'xTimezone');
  return zone ? m.workflow.told.inZone(spokenZone(zone)) : '';
}

/** A way on, as its label: `Lunch, 11:00–14:30`, `Germany`, `otherwise`. */
export function branchLabel(step: Told, branch: Branch): string {
  const told = m.workflow.told;
  if (branch.option === undefined) return branch.id === 'else' ? told.otherwise : told.then;
  const option = optionsOf(step)[branch.option] ?? {};
  const meant = optionText(step, option);
  const name = text(option, 'name');
  if (step.action === 'MULTI_LINK') return text(option, 'label') || m.workflow.form.button(branch.option + 1);
  if (!name || name === meant) return meant || m.workflow.form.option(branch.option + 1);
  return meant ? `${name}, ${meant}` : name;
}

/** What an option asks, without the name somebody gave it. */
export function optionText(step: Told, option: Option): string {
  const told = m.workflow.told;
  switch (step.action) {
    case 'COUNTRY_CONDITION':
      return country(text(option, 'countryCode'));
    case 'DAY_OF_WEEK_CONDITION':
      return weekdaysText(texts(option, 'daysOfWeek').map(Number));
    case 'TIME_OF_DAY_CONDITION':
      return timeText(text(option, 'startTime'), text(option, 'endTime'));
    case 'DAY_OF_MONTH_CONDITION':
      return monthDay(Number(option.dayOfMonth));
    case 'SPECIFIC_DATE_CONDITION':
      return dateText(option);
    case 'VISITOR_DATA_CONDITION':
      return attributeText(text(option, 'attributeKey'), text(option, 'operator'), text(option, 'comparisonValue'));
    case 'X_RULES_CONDITION': {
      const tests = records(option, 'tests').map(testText);
      return tests.join(` ${text(option, 'match') === 'ANY' ? told.or : told.and} `);
    }
    case 'X_SPLIT': {
      const whole = optionsOf(step).reduce((sum, other) => sum + weightOf(other), 0);
      return share(weightOf(option), whole);
    }
    default: {
      const values = DEVICE_VALUES[step.action]?.values;
      const value = bareValue(step.action, text(option, 'value'));
      return (values && m.workflow.values[values]?.[value]) || value;
    }
  }
}

export function weightOf(option: Option): number {
  return Math.max(0, Number(option.weight) || 0);
}

/** `Mon–Fri`, `Sat, Sun`: days of the wire, Sunday being 0, in the order of a week that begins on Monday. */
export function weekdaysText(days: readonly number[]): string {
  const week = [...new Set(days.map((day) => (day + 6) % 7))].sort((a, b) => a - b);
  const runs: number[][] = [];
  for (const day of week) {
    const run = runs.at(-1);
    if (run && run.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  return runs
    .map((run) => {
      const [first = 0] = run;
      const last = run.at(-1) ?? first;
      if (run.length > 2) return `${weekday(first, 'short')}–${weekday(last, 'short')}`;
      return run.map((day) => weekday(day, 'short')).join(', ');
    })
    .join(', ');
}

function timeText(from: string, to: string): string {
  return from || to ? m.workflow.told.time(from, to) : '';
}

function monthDay(day: number): string {
  if (day === -1) return m.workflow.told.lastDay;
  return day > 0 ? m.workflow.told.dayOfMonth(day) : '';
}

function dateText(option: Option): string {
  const month = Number(option.month);
  const day = Number(option.day);
  if (!month || !day) return '';
  const year = Number(option.year) || undefined;
  const at = new Date(Date.UTC(year ?? 2024, month - 1, day));
  const words = at.toLocaleDateString(undefined, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    ...(year ? { year: 'numeric' } : {}),
  });
  return year ? words : m.workflow.told.everyYear(words);
}

/** The last part of a comparison's name on the wire, in whichever spelling it came. */
export function bareOperator(operator: string): string {
  return operator.toUpperCase().replace('VISITOR_ATTRIBUTE_FILTER_OPERATOR_', '');
}

export function attributeText(key: string, operator: string, value: string): string {
  const bare = bareOperator(operator);
  const name = m.leads.filter.own[key] ?? key;
  const words = [name, m.workflow.operators[bare] ?? bare.toLowerCase()];
  if (takesValue(bare)) words.push(value || '…');
  return name ? words.join(' ') : '';
}

/** One test of a rule: `City is Berlin`. */
export function testText(test: Record<string, unknown>): string {
  const told = m.workflow.told;
  const name = text(test, 'fact');
  const known = FACTS[name];
  const label = m.workflow.facts[name] ?? name;
  const operator = text(test, 'operator');
  const words = m.workflow.operators[operator] ?? '';
  const values = texts(test, 'values');
  switch (known?.shape) {
    case 'country':
      return `${label} ${words} ${list(values.map(country))}`;
    case 'choice':
      return `${label} ${words} ${list(values.map((value) => m.workflow.values[name]?.[value] ?? value))}`;
    case 'weekday':
      return told.unless(operator === 'IS_NOT', weekdaysText(values.map(Number)) || label);
    case 'time':
      return told.unless(operator === 'IS_NOT', timeText(text(test, 'from'), text(test, 'to')) || label);
    case 'dates': {
      const dates = told.time(text(test, 'from') || '…', text(test, 'to') || '…');
      return told.unless(operator === 'IS_NOT', dates);
    }
    case 'radius': {
      const place = `${String(test.latitude ?? '…')}, ${String(test.longitude ?? '…')}`;
      const within = told.within(String(test.radiusKm ?? '…'), place);
      return told.unless(operator === 'IS_NOT', within);
    }
    case 'attribute':
      return attributeText(text(test, 'key'), operator, text(test, 'value'));
    case 'monthday':
    case 'number': {
      const value =
        operator === 'BETWEEN'
          ? told.time(String(test.from ?? '…'), String(test.to ?? '…'))
          : String(test.value ?? '…');
      return `${label} ${words} ${value}`;
    }
    default: {
      const subject = name === 'PARAMETER' ? text(test, 'name') || label : label;
      const shown = operator === 'IN' || operator === 'IS_NOT' ? values : [text(test, 'value')];
      const spoken = name === 'LANGUAGE' ? shown.map((value) => (value ? language(value) : '')) : shown;
      return `${subject} ${words} ${list(spoken.filter(Boolean))}`;
    }
  }
}

function list(words: readonly string[]): string {
  return words.length > 0 ? words.join(', ') : '…';
}

/** The whole of a workflow in a line: `Lunch, 11:00–14:30 → example.com/lunch; else example.com/dinner`. */
export function workflowLine(doc: Doc): string {
  const entry = entryOf(doc);
  const first = entry && find(doc, entry.next.next);
  return first ? lineOf(doc, first, 3) : m.workflow.told.nothing;
}

function lineOf(doc: Doc, step: Step, depth: number): string {
  const told = m.workflow.told;
  const kind = KINDS[step.action];
  if (kind.ends || depth === 0) return nameOf(step);
  if (!kind.options) {
    const next = find(doc, step.next.next);
    return next ? told.first(nameOf(step), lineOf(doc, next, depth - 1)) : nameOf(step);
  }
  if (kind.job !== 'decide') return nameOf(step);
  const branches = branchesOf(step);
  const shown = branches.filter((branch) => branch.option !== undefined).slice(0, 3);
  const parts = shown.map((branch) => {
    const target = find(doc, step.next[branch.id]);
    return told.line(branchLabel(step, branch), target ? nameOf(target) : told.nothing);
  });
  if (branches.filter((branch) => branch.option !== undefined).length > shown.length) parts.push('…');
  const otherwise = find(doc, step.next.else);
  if (otherwise) parts.push(told.elseLine(lineOf(doc, otherwise, depth - 1)));
  return parts.join('; ');
}

/** Whether a workflow does no more than lead to one address. */
export function isPlain(doc: Doc): boolean {
  const entry = entryOf(doc);
  return find(doc, entry?.next.next)?.action === 'CLIENT_REDIRECT' && doc.length === 2;
}
