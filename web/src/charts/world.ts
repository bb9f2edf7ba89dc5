/** The lands as they are drawn: shapes in a drawing that is `grid` times as large as the map's. */
export interface World {
  grid: number;
  countries: readonly {
    /** ISO 3166-1 alpha-2; absent where the shape has none. */
    code?: string;
    path: string;
  }[];
}

/** Near enough for the whole world, and for a country at the size of a panel. */
export async function coarseWorld(): Promise<World> {
  return (await import('world-atlas/countries-110m.json?drawn')).default;
}

/** For coasts seen from near; seven times the size, so it is loaded when somebody looks that close. */
export async function fineWorld(): Promise<World> {
  return (await import('world-atlas/countries-50m.json?drawn')).default;
}
