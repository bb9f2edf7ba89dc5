import type { Section } from '../../lib/route';

const sectionsAlso: Record<Section, string> = {
  workspace: 'name zone counting networks',
  privacy: 'erase delete gdpr retention keep consent receipt',
  address: 'base url domain phone',
  members: 'people invite roles team',
  tokens: 'keys',
  account: 'password e-mail',
  webhooks: 'notify callback endpoint program sign secret deliveries',
  exports: 'download csv ndjson parquet file data backup leave exit bundle nginx',
  audit: 'audit log who did what changes history',
  places: 'geo cities countries',
  backups: 'backup restore disaster copy s3',
  system: 'version storage health',
};

/** The palette: everything that can be opened or done, found by typing. */
export const palette = {
  title: 'Search and commands',
  placeholder: 'Search links and pages, or paste an address',
  results: 'Results',
  found: (n: number) => (n === 1 ? '1 result' : `${n} results`),
  nothing: (typed: string) => `Nothing here is called “${typed}”.`,
  nothingNext: 'Paste an address to make a code that leads there.',
  creating: 'Creating…',
  close: 'Close',
  groups: {
    create: 'New code',
    links: 'Links',
    pages: 'Go to',
    view: 'Show',
    rest: 'More',
  },
  create: (address: string) => `Create a link to ${address}`,
  leadsAlso: 'visitors people answers forms contacts crm',
  importAlso: 'csv file spreadsheet upload many',
  settings: (section: string) => `Settings: ${section}`,
  sectionsAlso,
  range: (name: string) => `Days: ${name}`,
  rangeAlso: 'range period last',
  counting: (name: string) => `Count: ${name}`,
  countingAlso: 'verdict bots humans programs',
  theme: (name: string) => `Colours: ${name}`,
  themeAlso: 'theme scheme mode appearance',
  shortcutsAlso: 'help',
  isChosen: 'chosen',
};
