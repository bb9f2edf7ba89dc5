import { quantize } from 'topojson-client';
import type { Topology } from 'topojson-specification';
import type { Plugin } from 'vite';

/** Points on each side of the grid that coasts lie on: finer than a pixel at the size each file is shown at. */
const GRID = { 'countries-110m.json': 4_000, 'countries-50m.json': 20_000 };

/**
 * Takes out of the atlas what the map does not draw: the coast of all lands in one, and the names of countries that
 * have a number.
 */
export function coasts(): Plugin {
  return {
    name: 'coasts',
    enforce: 'pre',
    transform(code, id) {
      const file = /world-atlas\/(countries-\d+m\.json)$/.exec(id)?.[1] as keyof typeof GRID | undefined;
      if (!file) return undefined;
      const atlas = JSON.parse(code) as Topology;
      const { countries } = atlas.objects;
      if (countries?.type !== 'GeometryCollection') throw new Error(`${file} holds no countries`);
      for (const country of countries.geometries) if (country.id !== undefined) delete country.properties;
      const { transform, ...rest } = quantize(unquantized({ ...atlas, objects: { countries } }), GRID[file]);
      return { code: JSON.stringify({ ...rest, transform }), map: null };
    },
  };
}

/** Arcs in their own units: what `quantize` takes. */
function unquantized(atlas: Topology): Topology {
  const { transform, ...rest } = atlas;
  if (!transform) return atlas;
  const { scale, translate } = transform;
  const arcs = atlas.arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx = 0, dy = 0]) => {
      x += dx;
      y += dy;
      return [x * scale[0]! + translate[0]!, y * scale[1]! + translate[1]!];
    });
  });
  return { ...rest, arcs };
}
