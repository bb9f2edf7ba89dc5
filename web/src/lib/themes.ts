/** How the dashboard is coloured: as the device is set, or as was chosen in this browser. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
