/**
 * The outline of a sparkline in a box of `width` by `height`: one point a value from left to right, the
 * greatest at the top. Values that are all zero lie on the ground.
 */
export function sparkPoints(values: readonly number[], width: number, height: number): [number, number][] {
  const top = Math.max(1, ...values);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values.map((value, index) => [index * step, height - (value / top) * height]);
}

/** The same as the path of a line, and of the area between it and the ground. */
export function sparkPaths(values: readonly number[], width: number, height: number) {
  const points = sparkPoints(values, width, height).map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
  if (points.length === 0) return { line: '', area: '' };
  const line = `M${points.join('L')}`;
  return { line, area: `${line}L${width} ${height}L0 ${height}Z` };
}
