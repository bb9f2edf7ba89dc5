import { describe, expect, it } from 'vitest';
import { columnsOf, labelEvery, labelSteps } from './series';

const DAY = 86_400;
const buckets = [4, 6, 2].map((scans, day) => ({
  start: new Date(day * DAY * 1000),
  scans,
  visitors: scans / 2,
}));

describe('columns of a chart', () => {
  it('are one line when every bucket is over', () => {
    const columns = columnsOf(buckets, [], 1440, false);
    expect(columns.x).toEqual([0, DAY, 2 * DAY]);
    expect(columns.scans).toEqual([4, 6, 2]);
    expect(columns.visitors).toEqual([2, 3, 1]);
    expect(columns.runningScans).toEqual([null, null, null]);
  });
  it('set the running bucket apart, joined to the one before', () => {
    const columns = columnsOf(buckets, [], 1440, true);
    expect(columns.scans).toEqual([4, 6, null]);
    expect(columns.runningScans).toEqual([null, 6, 2]);
    expect(columns.runningVisitors).toEqual([null, 3, 1]);
  });
  it('draw a first bucket that is still running', () => {
    const columns = columnsOf(buckets.slice(0, 1), [], 1440, true);
    expect(columns.scans).toEqual([null]);
    expect(columns.runningScans).toEqual([4]);
  });
  it('go on with the days before, where those were longer', () => {
    const columns = columnsOf(buckets.slice(0, 1), [7, 8, 9], 1440, true);
    expect(columns.x).toEqual([0, DAY, 2 * DAY]);
    expect(columns.before).toEqual([7, 8, 9]);
    expect(columns.visitors).toEqual([null, null, null]);
  });
  it('are empty without buckets', () => expect(columnsOf([], [], 1440, true).x).toEqual([]));
});

it('labels as many buckets as there is room for', () => {
  expect(labelEvery(30, 1000, 80, labelSteps(1440))).toBe(7);
  expect(labelEvery(24, 1000, 60, labelSteps(60))).toBe(2);
  expect(labelEvery(28, 1000, 80, labelSteps(360))).toBe(4);
  expect(labelEvery(28, 300, 80, labelSteps(360))).toBe(28);
  expect(labelEvery(1, 0, 80, labelSteps(60))).toBe(1);
});
