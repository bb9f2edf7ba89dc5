import type { Dimension } from '../lib/filter';
import type { Counting } from '../lib/view';

/** A panel of the page: what belongs together, one dimension shown at a time. */
export interface Panel {
  id:
    | 'links'
    | 'places'
    | 'devices'
    | 'software'
    | 'networks'
    | 'referrers'
    | 'campaigns'
    | 'visits'
    | 'verdicts';
  tabs: readonly Dimension[];
}

const PANELS: readonly Panel[] = [
  { id: 'links', tabs: ['link', 'tag', 'directory'] },
  { id: 'places', tabs: ['country', 'region', 'city'] },
  { id: 'devices', tabs: ['device_type', 'device_brand', 'device_model'] },
  { id: 'software', tabs: ['platform', 'browser', 'language'] },
  { id: 'networks', tabs: ['network', 'shared_network', 'privacy_signal'] },
  { id: 'referrers', tabs: ['referrer'] },
  { id: 'campaigns', tabs: ['utm_campaign', 'utm_source', 'utm_medium'] },
  { id: 'visits', tabs: ['visit_type', 'action', 'outcome'] },
  { id: 'verdicts', tabs: ['verdict', 'reason'] },
];

/** The panels that tell something of a population: one link's own page has no list of links. */
export function panelsFor(link: string | null, counting: Counting): readonly Panel[] {
  return PANELS.filter(
    ({ id }) => !(id === 'links' && link !== null) && !(id === 'verdicts' && counting !== 'all'),
  );
}
