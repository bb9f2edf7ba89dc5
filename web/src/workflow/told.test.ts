import { describe, expect, it } from 'vitest';
import { lunchAndDinner, step } from './sample';
import { branchesOf } from './step';
import { branchLabel, isPlain, nameOf, summaryOf, testText, weekdaysText, workflowLine } from './told';

describe('steps in words', () => {
  it('tells a workflow in a line', () => {
    expect(workflowLine(lunchAndDinner())).toBe(
      'Lunch, 11:00–14:30 → example.com/lunch; else example.com/dinner',
    );
    const form = [
      step('entry', 'LINK_VISIT', { next: 'form' }),
      step('form', 'FORM_SUBMIT', { next: 'end' }, { formTitle: 'Stay in touch' }),
      step('end', 'CLIENT_REDIRECT'),
    ];
    expect(workflowLine(form)).toBe('Stay in touch, then example.com');
    expect(workflowLine([step('entry', 'LINK_VISIT')])).toBe('nothing yet');
  });

  it('knows a link that only leads on', () => {
    const plain = [step('entry', 'LINK_VISIT', { next: 'end' }), step('end', 'CLIENT_REDIRECT')];
    expect(isPlain(plain)).toBe(true);
    expect(isPlain(lunchAndDinner())).toBe(false);
  });

  it('names weekdays in runs', () => {
    expect(weekdaysText([1, 2, 3, 4, 5])).toBe('Mon–Fri');
    expect(weekdaysText([0, 6])).toBe('Sat, Sun');
    expect(weekdaysText([0, 1, 2, 5])).toBe('Mon, Tue, Fri, Sun');
    expect(weekdaysText([])).toBe('');
  });

  it('labels branches', () => {
    const land = step('land', 'COUNTRY_CONDITION');
    expect(branchesOf(land).map((branch) => branchLabel(land, branch))).toEqual([
      'Germany',
      'France',
      'otherwise',
    ]);
    const split = step(
      's',
      'X_SPLIT',
      {},
      {
        options: [
          { id: 'a', name: 'A', weight: 1 },
          { id: 'b', name: 'B', weight: 3 },
        ],
      },
    );
    expect(branchesOf(split).map((branch) => branchLabel(split, branch))).toEqual(['A, 25%', 'B, 75%']);
  });

  it('tells rules with and, or', () => {
    const tests = [
      { fact: 'CITY', operator: 'IS', value: 'Berlin' },
      { fact: 'WEEKDAY', operator: 'IN', values: ['6', '0'] },
    ];
    const rules = step('r', 'X_RULES_CONDITION', {}, { options: [{ id: 'o', match: 'ANY', tests }] });
    expect(branchLabel(rules, { id: 'o', option: 0 })).toBe('City is Berlin or Sat, Sun');
    expect(testText({ fact: 'RADIUS', operator: 'IS', latitude: 52.5, longitude: 13.4, radiusKm: 5 })).toBe(
      'within 5 km of 52.5, 13.4',
    );
    expect(testText({ fact: 'PARAMETER', name: 'table', operator: 'IS', value: '7' })).toBe('table is 7');
    expect(testText({ fact: 'NTH_SCAN', operator: 'BETWEEN', from: 2, to: 4 })).toBe(
      'Number of scans between 2–4',
    );
  });

  it('falls back to what kind of step it is', () => {
    expect(nameOf(step('p', 'PASSWORD_VERIFY'))).toBe('Password');
    expect(nameOf(step('c', 'CLIENT_REDIRECT', {}, { destination: '' }))).toBe('No address yet');
    const form = step('f', 'FORM_SUBMIT', {}, { formFields: [{ label: 'E-mail' }, { key: 'plan' }] });
    expect(summaryOf(form)).toBe('Asks for E-mail, plan');
  });
});
