// What the tests of a rule can ask, and by which comparisons.

export type FactShape =
  | 'text'
  | 'country'
  | 'choice'
  | 'radius'
  | 'number'
  | 'weekday'
  | 'time'
  | 'monthday'
  | 'dates'
  | 'attribute';

export interface Fact {
  group: 'where' | 'when' | 'who' | 'how' | 'told';
  shape: FactShape;
  operators: readonly string[];
}

const TEXT = ['IS', 'IS_NOT', 'IN', 'CONTAINS', 'NOT_CONTAINS', 'STARTS_WITH'] as const;
const CHOICE = ['IN', 'IS_NOT'] as const;
const RANGE = ['BETWEEN', 'IS_NOT'] as const;
const NUMBER = ['IS', 'AT_LEAST', 'AT_MOST', 'BETWEEN'] as const;

const fact = (group: Fact['group'], shape: FactShape, operators: readonly string[]): Fact => ({
  group,
  shape,
  operators,
});

export const FACTS: Readonly<Record<string, Fact>> = {
  COUNTRY: fact('where', 'country', CHOICE),
  REGION: fact('where', 'text', TEXT),
  CITY: fact('where', 'text', TEXT),
  RADIUS: fact('where', 'radius', ['IS', 'IS_NOT']),
  PLACEMENT: fact('where', 'text', TEXT),
  TIME_OF_DAY: fact('when', 'time', RANGE),
  WEEKDAY: fact('when', 'weekday', CHOICE),
  DAY_OF_MONTH: fact('when', 'monthday', ['IS', 'IS_NOT', 'BETWEEN']),
  DATE_RANGE: fact('when', 'dates', RANGE),
  VISIT_TYPE: fact('who', 'choice', CHOICE),
  NTH_SCAN: fact('who', 'number', NUMBER),
  LANGUAGE: fact('who', 'text', TEXT),
  DEVICE_TYPE: fact('who', 'choice', CHOICE),
  PLATFORM: fact('who', 'choice', CHOICE),
  BROWSER: fact('who', 'choice', CHOICE),
  BRAND: fact('who', 'choice', CHOICE),
  ACTOR: fact('who', 'choice', CHOICE),
  REFERRER: fact('how', 'text', TEXT),
  UTM_SOURCE: fact('how', 'text', TEXT),
  UTM_MEDIUM: fact('how', 'text', TEXT),
  UTM_CAMPAIGN: fact('how', 'text', TEXT),
  UTM_TERM: fact('how', 'text', TEXT),
  UTM_CONTENT: fact('how', 'text', TEXT),
  PARAMETER: fact('how', 'text', TEXT),
  NETWORK: fact('how', 'text', TEXT),
  TAG: fact('how', 'text', TEXT),
  ATTRIBUTE: fact('told', 'attribute', []),
};

/** Comparisons of what a visitor has told; the wire's long prefix stands before them in filters. */
export const ATTRIBUTE_OPERATORS = [
  'STRING_EQUALS',
  'STRING_NOT_EQUALS',
  'STRING_CONTAINS',
  'STRING_NOT_CONTAINS',
  'STRING_STARTS_WITH',
  'STRING_ENDS_WITH',
  'STRING_IS_EMPTY',
  'STRING_IS_NOT_EMPTY',
  'NUMBER_EQUALS',
  'NUMBER_NOT_EQUALS',
  'NUMBER_GREATER_THAN',
  'NUMBER_LESS_THAN',
  'NUMBER_GREATER_OR_EQUAL',
  'NUMBER_LESS_OR_EQUAL',
  'DATE_EQUALS',
  'DATE_BEFORE',
  'DATE_AFTER',
  'DATE_BEFORE_OR_EQUAL',
  'DATE_AFTER_OR_EQUAL',
  'BOOLEAN_IS_TRUE',
  'BOOLEAN_IS_FALSE',
  'EXISTS',
  'NOT_EXISTS',
] as const;

const ALONE = /_(IS_EMPTY|IS_NOT_EMPTY|IS_TRUE|IS_FALSE)$|^(NOT_)?EXISTS$/;

/** Whether a comparison is with something. */
export function takesValue(operator: string): boolean {
  return !ALONE.test(operator);
}

/** `NUMBER` of `NUMBER_LESS_THAN`; `ANY` of those for every type. */
export function operatorGroup(operator: string): string {
  return operator.endsWith('EXISTS') ? 'ANY' : (operator.split('_')[0] ?? 'ANY');
}

/** The reserved keys take comparisons of text alone. */
export function operatorsOf(key: string): readonly string[] {
  if (!key.startsWith('$')) return ATTRIBUTE_OPERATORS;
  return ATTRIBUTE_OPERATORS.filter((operator) => ['STRING', 'ANY'].includes(operatorGroup(operator)));
}

/** What the value of a condition on devices begins with on the wire, and which words it has. */
export const DEVICE_VALUES: Readonly<Record<string, { prefix: string; values: string }>> = {
  DEVICE_TYPE_CONDITION: { prefix: 'DEVICE_TYPE_CONDITION_VALUE_', values: 'DEVICE_TYPE' },
  DEVICE_PLATFORM_CONDITION: { prefix: 'DEVICE_PLATFORM_CONDITION_VALUE_', values: 'PLATFORM' },
  DEVICE_BROWSER_CONDITION: { prefix: 'DEVICE_BROWSER_CONDITION_VALUE_', values: 'BROWSER' },
  DEVICE_BRAND_CONDITION: { prefix: 'DEVICE_BRAND_CONDITION_VALUE_', values: 'BRAND' },
  DEVICE_ACTOR_CONDITION: { prefix: 'DEVICE_ACTOR_CONDITION_VALUE_', values: 'ACTOR' },
  VISIT_TYPE_CONDITION: { prefix: 'VISIT_TYPE_', values: 'VISIT_TYPE' },
};

/** The bare word of a wire value: `IOS`. */
export function bareValue(action: string, value: string): string {
  const prefix = DEVICE_VALUES[action]?.prefix ?? '';
  return value.startsWith(prefix) ? value.slice(prefix.length) : value;
}
