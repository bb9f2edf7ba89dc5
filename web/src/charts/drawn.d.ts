/** Shapes of the atlas, projected when the dashboard is built: see `build/lands.ts`. */
declare module '*?drawn' {
  const world: import('./world').World;
  export default world;
}
