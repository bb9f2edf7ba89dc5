import type { components } from './schema';

// The API's own words, under the names the dashboard uses for them.
type Schemas = components['schemas'];
export type Session = Schemas['SessionResponse'];
export type Link = Schemas['Link'];
export type WorkflowStep = Schemas['WorkflowStep'];
/** One scan of a link: the wire calls it an event. */
export type Scan = Schemas['Event'];
export type Device = Schemas['Device'];
/** Everything a range of scans shows. */
export type Overview = Schemas['OverviewResponse'];
export type OverviewRow = Schemas['OverviewRow'];
export type OverviewPlace = Schemas['OverviewPlace'];
export type OverviewCounts = Schemas['OverviewCounts'];
export type OverviewPoint = Schemas['OverviewPoint'];
