import { readFile } from 'node:fs/promises';
import { geoEqualEarth, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import type { Plugin } from 'vite';
import { ORIGIN, SCALE } from '../src/charts/projection.ts';
import type { World } from '../src/charts/world.ts';

type Atlas = Topology<{ countries: GeometryCollection<{ name: string }> }>;

const DRAWN = '?drawn';
/** Points of the grid for one unit of the map: as fine as each file is looked at. */
const GRID: Record<string, number> = { 'countries-110m.json': 5, 'countries-50m.json': 40 };
const ANTARCTICA = '010';
/** In use without a number of the standard's. */
const WITHOUT_DIGITS: Record<string, string> = { Kosovo: 'XK' };

/**
 * Makes `world-atlas/countries-….json?drawn` the shapes as the map draws them. The browser then needs neither
 * the projection of lands nor the code that reads the atlas, and begins to draw at once.
 */
export function lands(): Plugin {
  return {
    name: 'lands',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!source.endsWith(DRAWN)) return null;
      const atlas = await this.resolve(source.slice(0, -DRAWN.length), importer);
      // A name that does not end like JSON, or it would be read as such a second time.
      return atlas && `\0${atlas.id}${DRAWN}`;
    },
    async load(id) {
      if (!id.startsWith('\0') || !id.endsWith(DRAWN)) return null;
      const file = id.slice(1, -DRAWN.length);
      const grid = GRID[file.split('/').at(-1) ?? ''];
      if (grid === undefined) throw new Error(`how fine should ${file} be drawn?`);
      const world = drawn(JSON.parse(await readFile(file, 'utf8')) as Atlas, grid);
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(world))});`;
    },
  };
}

function drawn(atlas: Atlas, grid: number): World {
  const { countries } = atlas.objects;
  const shown = {
    ...countries,
    geometries: countries.geometries.filter((country) => country.id !== ANTARCTICA),
  };
  const path = geoPath(geoEqualEarth().scale(SCALE).translate([ORIGIN.x, ORIGIN.y]));
  return {
    grid,
    countries: feature(atlas, shown).features.map((country) => {
      const code = codeOf(country.id) ?? WITHOUT_DIGITS[country.properties.name];
      return { ...(code ? { code } : {}), path: onGrid(path(country) ?? '', grid) };
    }),
  };
}

/** The lines of a path in whole steps from point to point, without points that fall together. */
function onGrid(path: string, grid: number): string {
  const lines = path.split('M').filter(Boolean);
  return lines.map((line) => lineOnGrid(line, grid)).join('');
}

function lineOnGrid(line: string, grid: number): string {
  const points = line
    .replace('Z', '')
    .split('L')
    .map((point) => point.split(',').map((value) => Math.round(Number(value) * grid)));
  let [x = 0, y = 0] = points[0] ?? [];
  const begin = `M${x} ${y}`;
  const steps: string[] = [];
  for (const [nextX = 0, nextY = 0] of points.slice(1)) {
    if (nextX === x && nextY === y) continue;
    steps.push(`${nextX - x} ${nextY - y}`);
    [x, y] = [nextX, nextY];
  }
  if (steps.length === 0) return '';
  return `${begin}l${steps.join(' ')}${line.endsWith('Z') ? 'z' : ''}`.replaceAll(' -', '-');
}

/** The two letters of a country for its three digits: `DE` for `276`. Locales know both. */
function codeOf(digits: string | number | undefined): string | undefined {
  try {
    return new Intl.Locale(`und-${digits}`).region;
  } catch {
    return undefined;
  }
}
