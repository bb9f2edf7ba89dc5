import { expect, it } from 'vitest';
import type { Funnel } from '../api/words';
import { mostLeft, type Stage, stagesOf } from './stages';

const stage = (xStepId: string, stepKind: string, visits: number, xLeft = 0) =>
  ({ xStepId, stepKind, visits, xLeft }) as Stage;
const funnel = (...steps: Stage[]) => ({ steps }) as Funnel;
const ids = (stages: Stage[] | undefined) => stages?.map(({ xStepId }) => xStepId);
const entry = (visits: number) => stage('entry', 'KIND_ENTRY', visits);
const form = (visits: number, left = 0) => stage('form', 'KIND_INTERACTION', visits, left);
const exit = (visits: number) => stage('exit', 'KIND_EXIT', visits);
const now = new Set(['entry', 'form', 'exit']);

it('shows a way that nobody finished, and one that nobody began', () => {
  expect(ids(stagesOf(funnel(entry(3), form(3, 3), exit(0)), now))).toEqual(['entry', 'form', 'exit']);
  expect(ids(stagesOf(funnel(entry(0), form(0), exit(0)), now))).toEqual(['entry', 'form', 'exit']);
});

it('leaves out steps of older versions to which no scan of these days came', () => {
  const old = stage('old', 'KIND_EXIT', 0);
  const scanned = stage('older', 'KIND_INTERACTION', 2);
  expect(ids(stagesOf(funnel(entry(3), form(3), scanned, exit(0), old), now))).toEqual([
    'entry',
    'form',
    'older',
    'exit',
  ]);
  expect(stagesOf(funnel(entry(3), stage('gone', 'KIND_INTERACTION', 0), exit(3)), now)).toBeUndefined();
});

it('has nothing to tell of an ordinary link', () => {
  expect(stagesOf(funnel(entry(9), exit(9)), now)).toBeUndefined();
});

it('keeps its conditions to itself', () => {
  const rule = stage('rule', 'KIND_CONDITION', 4);
  const other = stage('other', 'KIND_EXIT', 0);
  const all = new Set([...now, 'rule', 'other']);
  expect(ids(stagesOf(funnel(entry(4), rule, exit(4), other), all))).toEqual(['entry', 'exit', 'other']);
});

it('knows where most were left', () => {
  expect(mostLeft([entry(9), form(9, 2), { ...form(4, 4), xStepId: 'second' }])?.xStepId).toBe('second');
  expect(mostLeft([entry(9), exit(9)])).toBeUndefined();
});
