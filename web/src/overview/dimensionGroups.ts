import type { NamedDimension } from '../lib/filter';

/** What scans can be filtered by, in the order in which people look for it. */
export const DIMENSION_GROUPS = {
  places: ['country', 'region', 'city', 'timezone'],
  links: ['link', 'tag', 'directory', 'slug', 'domain', 'campaign', 'workflow_version'],
  devices: [
    'device_type',
    'device_brand',
    'device_model',
    'platform',
    'platform_version',
    'browser',
    'browser_version',
    'language',
    'languages',
  ],
  networks: ['network', 'asn', 'address_class', 'shared_network', 'privacy_signal', 'identity'],
  sources: [
    'action',
    'referrer',
    'visit_type',
    'utm_source',
    'utm_medium',
    'utm_campaign',
    'utm_term',
    'utm_content',
    'parameter',
  ],
  times: ['hour', 'weekday', 'weekday_hour'],
  answers: ['outcome', 'status', 'method', 'verdict', 'reason'],
} as const satisfies Record<string, readonly NamedDimension[]>;
export type DimensionGroup = keyof typeof DIMENSION_GROUPS;
