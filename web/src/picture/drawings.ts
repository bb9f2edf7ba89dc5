import { type Camera, fitted, mainBox, WHOLE, WORLD } from '../charts/camera';
import { project } from '../charts/projection';
import { LEVELS, levelOf, SHADES } from '../charts/scale';
import type { World } from '../charts/world';
import { type Box, clipped, type Drawing, font, INK } from './frame';

/** One bar: what it is of, how long it is (0 to 1), and the words behind it. */
export interface Bar {
  name: string;
  part: number;
  value: string;
  share: string;
}

const ROW = 40;

export function bars(rows: readonly Bar[], none: string): Drawing {
  if (rows.length === 0) return sentence(none);
  return {
    height: rows.length * ROW,
    draw(pen, { x, y, width }) {
      pen.textBaseline = 'middle';
      rows.forEach(({ name, part, value, share }, index) => {
        const top = y + index * ROW;
        const middle = top + ROW / 2;
        pen.fillStyle = INK.wash;
        pen.fillRect(x, top + 3, Math.max(2, part * width), ROW - 6);
        pen.fillStyle = INK.ink;
        pen.font = font(18);
        pen.textAlign = 'left';
        pen.fillText(clipped(pen, name, width - 280), x + 12, middle);
        pen.textAlign = 'right';
        pen.fillText(value, x + width - 100, middle);
        pen.fillStyle = INK.quiet;
        pen.fillText(share, x + width - 8, middle);
      });
    },
  };
}

export function sentence(words: string): Drawing {
  return {
    height: 60,
    draw(pen, { x, y }) {
      pen.fillStyle = INK.quiet;
      pen.font = font(20);
      pen.fillText(words, x, y + 36);
    },
  };
}

/** A table; each column takes its part of the width. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  parts: readonly number[],
  none: string,
): Drawing {
  if (rows.length === 0) return sentence(none);
  const all = parts.reduce((sum, part) => sum + part, 0);
  return {
    height: (rows.length + 1) * ROW,
    draw(pen, { x, y, width }) {
      pen.textBaseline = 'middle';
      [head, ...rows].forEach((row, index) => {
        const top = y + index * ROW;
        pen.font = font(index === 0 ? 15 : 17);
        pen.fillStyle = index === 0 ? INK.quiet : INK.ink;
        let left = x;
        row.forEach((cell, column) => {
          const wide = ((parts[column] ?? 1) / all) * width;
          pen.fillText(clipped(pen, cell, wide - 16), left, top + ROW / 2);
          left += wide;
        });
        pen.fillStyle = INK.line;
        pen.fillRect(x, top + ROW - 1, width, 1);
      });
    },
  };
}

export interface Line {
  name: string;
  color: string;
  width: number;
  /** A value a bucket; null where nothing is drawn. */
  values: readonly (number | null)[];
  /** From this bucket on it is still filling, and dashed. */
  dashedFrom?: number | undefined;
}

/** Steps of an axis up to `most`, as people count: 0, 20, 40, … */
export function ticks(most: number): number[] {
  const rough = Math.max(1, most) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough) ?? 1);
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** Lines over time, with a key above and what happened on it. */
export function series(
  lines: readonly Line[],
  labels: readonly string[],
  marks: readonly { index: number; text: string }[],
  countLabel: (count: number) => string,
): Drawing {
  return {
    height: 480,
    draw(pen, box) {
      const length = Math.max(...lines.map(({ values }) => values.length), 1);
      const steps = ticks(Math.max(...lines.flatMap(({ values }) => values.map((value) => value ?? 0))));
      const top = steps.at(-1) ?? 1;
      const plot: Box = { x: box.x + 70, y: box.y + 64, width: box.width - 90, height: box.height - 110 };
      const xOf = (index: number) => plot.x + (length === 1 ? plot.width / 2 : (index / (length - 1)) * plot.width);
      const yOf = (value: number) => plot.y + plot.height * (1 - value / top);

      pen.font = font(16);
      pen.textBaseline = 'middle';
      let left = box.x;
      for (const { name, color, width } of lines) {
        pen.fillStyle = color;
        pen.fillRect(left, box.y + 11 - width / 2, 26, width);
        pen.fillStyle = INK.quiet;
        pen.fillText(name, left + 34, box.y + 12);
        left += 70 + pen.measureText(name).width;
      }
      pen.textAlign = 'right';
      for (const step of steps) {
        pen.fillStyle = INK.line;
        pen.fillRect(plot.x, yOf(step) - 0.5, plot.width, 1);
        pen.fillStyle = INK.quiet;
        pen.fillText(countLabel(step), plot.x - 12, yOf(step));
      }
      pen.textAlign = 'center';
      const widest = Math.max(...labels.map((label) => pen.measureText(label).width), 1) + 28;
      const every = Math.max(1, Math.ceil((length * widest) / plot.width));
      for (let index = 0; index < labels.length; index += every) {
        pen.fillText(labels[index] ?? '', xOf(index), plot.y + plot.height + 26);
      }
      pen.textAlign = 'left';
      marks.forEach(({ index, text }, place) => {
        const x = xOf(index);
        const room = (marks[place + 1] ? xOf(marks[place + 1]!.index) : plot.x + plot.width + 20) - x;
        pen.setLineDash([4, 4]);
        pen.strokeStyle = INK.control;
        pen.lineWidth = 1;
        pen.beginPath();
        pen.moveTo(x, plot.y - 24);
        pen.lineTo(x, plot.y + plot.height);
        pen.stroke();
        pen.font = font(14);
        pen.fillStyle = INK.quiet;
        if (room > 40) pen.fillText(clipped(pen, text, room - 10), x + 6, plot.y - 16);
      });
      for (const line of lines) stroke(pen, line, xOf, yOf);
    },
  };
}

function stroke(
  pen: CanvasRenderingContext2D,
  { color, width, values, dashedFrom = Infinity }: Line,
  xOf: (index: number) => number,
  yOf: (value: number) => number,
): void {
  pen.strokeStyle = color;
  pen.fillStyle = color;
  pen.lineWidth = width;
  pen.lineJoin = 'round';
  for (let index = 0; index < values.length; index += 1) {
    const [from, to] = [values[index - 1], values[index]];
    if (to === null || to === undefined) continue;
    if (values.length === 1) {
      pen.beginPath();
      pen.arc(xOf(index), yOf(to), 4, 0, 2 * Math.PI);
      pen.fill();
    }
    if (from === null || from === undefined) continue;
    pen.setLineDash(index >= dashedFrom ? [4, 5] : []);
    pen.beginPath();
    pen.moveTo(xOf(index - 1), yOf(from));
    pen.lineTo(xOf(index), yOf(to));
    pen.stroke();
  }
  pen.setLineDash([]);
}

/** The accent on paper, so much of it. */
function tint(percent: number): string {
  const mix = (one: number, other: number) => Math.round(one + ((other - one) * percent) / 100);
  return `rgb(${mix(255, 11)}, ${mix(255, 102)}, ${mix(255, 83)})`;
}

export function heat(
  rows: readonly { name: string; values: readonly number[] }[],
  columns: readonly string[],
  format: (value: number) => string,
): Drawing {
  const most = Math.max(0, ...rows.flatMap(({ values }) => values));
  return {
    height: 40 + rows.length * 44,
    draw(pen, { x, y, width }) {
      const left = x + 70;
      const wide = (width - 70) / columns.length;
      pen.textBaseline = 'middle';
      pen.fillStyle = INK.quiet;
      pen.font = font(14);
      columns.forEach((name, column) => {
        if (column % 3 === 0) pen.fillText(name, left + column * wide, y + 14);
      });
      rows.forEach(({ name, values }, row) => {
        const top = y + 36 + row * 44;
        pen.textAlign = 'left';
        pen.font = font(16);
        pen.fillStyle = INK.quiet;
        pen.fillText(name, x, top + 20);
        pen.textAlign = 'center';
        pen.font = font(13);
        values.forEach((value, column) => {
          const shade = SHADES[levelOf(value, most)] ?? 0;
          pen.fillStyle = shade === 0 ? '#f3f4f2' : tint(shade);
          pen.fillRect(left + column * wide + 1, top, wide - 2, 40);
          pen.fillStyle = shade > 60 ? INK.paper : INK.ink;
          if (value > 0) pen.fillText(clipped(pen, format(value), wide - 4), left + (column + 0.5) * wide, top + 21);
        });
      });
    },
  };
}

/** From how near coarse coasts look it. */
const FINE_FROM = 2.5;
const NEAREST = 11;

/** Where a map of these places is looked at from, and whether it needs fine coasts. */
export function viewOf(places: readonly Placed[]): { camera: Camera; fine: boolean } {
  const points = places.map(({ latitude, longitude, value }) => ({ ...project(longitude, latitude), weight: value }));
  const box = mainBox(points, 0.02);
  const camera = box ? fitted(box, WORLD, NEAREST) : WHOLE;
  return { camera, fine: camera.k >= FINE_FROM };
}

interface Placed {
  latitude: number;
  longitude: number;
  value: number;
}

/** Lands and places, dots with as much area as value. */
export function map(
  world: World,
  camera: Camera,
  countries: ReadonlyMap<string, number>,
  places: readonly Placed[],
): Drawing {
  const most = Math.max(0, ...countries.values());
  const largest = Math.max(1, ...places.map(({ value }) => value));
  const scale = 1104 / WORLD.width;
  return {
    height: WORLD.height * scale,
    draw(pen, { x, y, width, height }) {
      pen.beginPath();
      pen.rect(x, y, width, height);
      pen.clip();
      pen.fillStyle = '#f6f8f6';
      pen.fillRect(x, y, width, height);
      pen.translate(x, y);
      pen.scale(scale, scale);
      pen.translate(camera.x, camera.y);
      pen.scale(camera.k, camera.k);
      pen.save();
      pen.scale(1 / world.grid, 1 / world.grid);
      pen.lineWidth = (0.7 * world.grid) / camera.k;
      pen.strokeStyle = INK.paper;
      for (const { code, path } of world.countries) {
        const value = (code && countries.get(code)) || 0;
        pen.fillStyle = value > 0 ? tint(10 + (levelOf(value, most) / LEVELS) * 46) : '#e1e4e0';
        const shape = new Path2D(path);
        pen.fill(shape);
        pen.stroke(shape);
      }
      pen.restore();
      pen.fillStyle = 'rgb(11 102 83 / 0.55)';
      for (const place of places) {
        const at = project(place.longitude, place.latitude);
        pen.beginPath();
        pen.arc(at.x, at.y, (1.5 + 15 * Math.sqrt(place.value / largest)) / camera.k, 0, 2 * Math.PI);
        pen.fill();
      }
    },
  };
}
