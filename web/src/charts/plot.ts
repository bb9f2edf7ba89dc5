import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Columns, labelEvery, labelSteps } from './series';

// Loaded when a chart is first shown: uPlot, and how our series are drawn with it.

/** Room for one label of the time axis, in heights of its letters: those of weeks may name a year. */
const labelWidth = (minutes: number) => (minutes > 1440 ? 8 : 6.5);

export interface PlotOptions {
  /** A colour of the style sheets (`var(--ink)`) as the page shows it at present. */
  ink: (color: string) => string;
  font: string;
  minutes: () => number;
  timeLabel: (seconds: number) => string;
  countLabel: (count: number) => string;
  /** A bucket under the cursor, and where it is, in pixels from the left; none when the cursor left. */
  onCursor: (index: number | null, left: number) => void;
  /** Buckets that were dragged over, first and last. */
  onSelect: ((first: number, last: number) => void) | undefined;
  /** Drawn anew: its buckets may stand elsewhere. */
  onDrawn: () => void;
}

export interface Plot {
  show(columns: Columns): void;
  resize(width: number, height: number): void;
  /** Moves the cursor to a bucket; away from all with null. */
  point(index: number | null): void;
  /** Moves the cursor to where the page was touched, in pixels from the left of the window. */
  pointAt(clientX: number): void;
  /** Where a bucket stands, in pixels from the left. */
  xOf(index: number): number;
  /** Draws anew, for instance in other colours. */
  redraw(): void;
  destroy(): void;
}

export function plot(target: HTMLElement, width: number, height: number, options: PlotOptions): Plot {
  const { ink, font, onCursor, onSelect } = options;
  /** Height of the letters, in pixels. */
  const letter = Number.parseFloat(font);
  const line = (color: string, more: Partial<uPlot.Series> = {}): uPlot.Series => ({
    stroke: () => ink(color),
    width: 2,
    // A line of one point is no line: it is shown as a point.
    points: { show: (self, series) => lengthOf(self.data[series]) === 1, size: 7, fill: () => ink(color) },
    ...more,
  });
  const running = { dash: [3, 4] };
  const area = { fill: () => ink('color-mix(in srgb, var(--accent) 11%, transparent)') };

  const chart = new uPlot(
    {
      width,
      height,
      legend: { show: false },
      padding: [8, 28, 0, 0],
      scales: {
        // A single bucket stands in the middle of its own width.
        x: {
          time: true,
          range: (_, from, to) =>
            from === to ? [from - options.minutes() * 30, to + options.minutes() * 30] : [from, to],
        },
        y: { range: (_, __, most) => [0, Math.max(4, most * 1.06)] },
      },
      cursor: {
        y: false,
        drag: { x: onSelect !== undefined, y: false, setScale: false, dist: 12 },
        points: {
          size: 8,
          width: 2,
          stroke: () => ink('var(--paper)'),
        },
      },
      axes: [
        {
          stroke: () => ink('var(--ink-quiet)'),
          font,
          grid: { show: false },
          ticks: { show: false },
          gap: 6,
          size: 2.3 * letter,
          splits: (self) => {
            const starts = self.data[0];
            const minutes = options.minutes();
            const every = labelEvery(
              starts.length,
              self.bbox.width / devicePixelRatio,
              labelWidth(minutes) * letter,
              labelSteps(minutes),
            );
            return [...starts].filter((_, index) => index % every === 0);
          },
          values: (_, splits) => splits.map(options.timeLabel),
        },
        {
          stroke: () => ink('var(--ink-quiet)'),
          font,
          grid: { stroke: () => ink('var(--line)'), width: 1 },
          ticks: { show: false },
          gap: 8,
          size: (_, values) =>
            16 + 0.58 * letter * Math.max(1, ...(values ?? []).map((value) => value.length)),
          incrs: [
            1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6,
            1e7, 1e8,
          ],
          space: 3.4 * letter,
          values: (_, splits) => splits.map(options.countLabel),
        },
      ],
      series: [
        {},
        line('var(--accent)', area),
        line('var(--line-control)', { width: 1.5 }),
        line('var(--ink)', { width: 1.25 }),
        line('var(--accent)', { ...area, ...running }),
        line('var(--ink)', { ...running, width: 1.25 }),
      ],
      hooks: {
        setCursor: [
          (self) =>
            onCursor(self.cursor.idx ?? null, (self.cursor.left ?? 0) + self.bbox.left / devicePixelRatio),
        ],
        draw: [() => options.onDrawn()],
        setSelect: [
          (self) => {
            const { left, width: wide } = self.select;
            if (wide === 0) return;
            onSelect?.(self.posToIdx(left), self.posToIdx(left + wide));
            self.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          },
        ],
      },
    },
    [[]],
    target,
  );

  return {
    show: ({ x, before, scans, visitors, runningScans, runningVisitors }) =>
      chart.setData([x, scans, before, visitors, runningScans, runningVisitors]),
    resize: (wide, high) => chart.setSize({ width: wide, height: high }),
    point: (index) => {
      const x = index === null ? undefined : chart.data[0][index];
      chart.setCursor({ left: x === undefined ? -10 : chart.valToPos(x, 'x'), top: 10 });
    },
    pointAt: (clientX) =>
      chart.setCursor({ left: clientX - chart.over.getBoundingClientRect().left, top: 10 }),
    xOf: (index) => {
      const x = chart.data[0][index];
      return x === undefined ? 0 : chart.valToPos(x, 'x') + chart.bbox.left / devicePixelRatio;
    },
    redraw: () => chart.redraw(false),
    destroy: () => chart.destroy(),
  };
}

function lengthOf(values: ArrayLike<number | null | undefined> | undefined): number {
  return Array.from(values ?? []).filter((value) => value != null).length;
}
