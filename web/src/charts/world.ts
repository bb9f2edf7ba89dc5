import { geoEqualEarth, geoPath } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { WORLD } from './camera';

// Loaded when a map is first shown: the shapes of countries, projected once.

export interface Country {
  /** ISO 3166-1 alpha-2; undefined where the shape has none. */
  code: string | undefined;
  path: string;
}

export interface World {
  countries: Country[];
  /** Borders between countries, each once. */
  borders: string;
  /** Where a place is on the drawing. */
  project: (longitude: number, latitude: number) => { x: number; y: number };
}

type Shapes = Topology<{ countries: GeometryCollection<{ name: string }> }>;

const ANTARCTICA = '010';
/** In use without a number of the standard's. */
const WITHOUT_DIGITS: Record<string, string> = { Kosovo: 'XK' };

/** Near enough for the whole world, and for a country at the size of a panel. */
export async function coarseWorld(): Promise<World> {
  return drawn((await import('world-atlas/countries-110m.json')).default as unknown as Shapes);
}

/** For coasts seen from near; six times the size, so it is loaded when somebody looks that close. */
export async function fineWorld(): Promise<World> {
  return drawn((await import('world-atlas/countries-50m.json')).default as unknown as Shapes);
}

function drawn(shapes: Shapes): World {
  const { countries } = shapes.objects;
  // Equal areas: a tint is not weighed by how far from the equator it lies.
  const projection = geoEqualEarth();
  const lands = {
    ...countries,
    geometries: countries.geometries.filter((country) => country.id !== ANTARCTICA),
  };
  const collection = feature(shapes, lands);
  // Both resolutions have the same frame, whatever islands they know.
  projection.fitExtent(
    [
      [4, 4],
      [WORLD.width - 4, WORLD.height - 4],
    ],
    {
      type: 'MultiPoint',
      coordinates: [
        [-180, 0],
        [180, 0],
        [0, 83.6],
        [0, -56],
      ],
    },
  );
  const path = geoPath(projection).digits(2);
  return {
    countries: collection.features.map((country) => ({
      code: codeOf(country.id) ?? WITHOUT_DIGITS[country.properties.name],
      path: path(country) ?? '',
    })),
    borders: path(mesh(shapes, lands, (one, other) => one !== other)) ?? '',
    project: (longitude, latitude) => {
      const [x, y] = projection([longitude, latitude]) ?? [0, 0];
      return { x, y };
    },
  };
}

/** The two letters of a country for its three digits: `DE` for `276`. Locales know both. */
function codeOf(digits: string | number | undefined): string | undefined {
  try {
    return new Intl.Locale(`und-${digits}`).region;
  } catch {
    return undefined;
  }
}
