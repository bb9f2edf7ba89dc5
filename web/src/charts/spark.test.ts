import { describe, expect, it } from 'vitest';
import { sparkPaths, sparkPoints } from './spark';

describe('a sparkline', () => {
  it('reaches from edge to edge, the greatest at the top', () => {
    expect(sparkPoints([0, 5, 10], 20, 8)).toEqual([
      [0, 8],
      [10, 4],
      [20, 0],
    ]);
  });
  it('lies on the ground where nothing happened', () => {
    expect(sparkPoints([0, 0], 10, 8)).toEqual([
      [0, 8],
      [10, 8],
    ]);
  });
  it('draws nothing of nothing, and one value at the left', () => {
    expect(sparkPaths([], 10, 8)).toEqual({ line: '', area: '' });
    expect(sparkPaths([3], 10, 8).line).toBe('M0.0 0.0');
  });
});
