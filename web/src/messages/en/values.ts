import type { Dimension, NamedDimension, Test } from '../../lib/filter';

/** Values of the API's dimensions as people say them; a value that is not here speaks for itself. */
const words: Partial<Record<NamedDimension, Record<string, string>>> = {
  device_type: {
    mobile: 'Phone',
    tablet: 'Tablet',
    desktop: 'Computer',
    native: 'Scanner app',
    unknown: 'Unknown',
  },
  visit_type: { first: 'First visit', returning: 'Came again', unspecified: 'Not told apart' },
  action: { scan: 'Scanned the code', click: 'Followed the link' },
  verdict: {
    human: 'Person',
    bot: 'Bot',
    agent: 'AI agent',
    preview: 'Link preview',
    prefetch: 'Browser fetching ahead',
    monitor: 'Uptime check',
    internal: 'Your team',
  },
  outcome: {
    redirect: 'Sent on',
    page: 'Shown a page',
    fallback: 'Sent to the fallback',
    ended: 'Link has ended',
    paused: 'Link is paused',
    not_started: 'Link has not started',
    limited: 'Limit was reached',
    error: 'Leads nowhere',
  },
  reason: {
    browser: 'A browser',
    app: "An app's browser",
    'asn:data-centre': 'A browser in a data centre',
    'method:HEAD': 'Looked without opening',
    'ua:preview': "A messenger's preview",
    'header:Sec-Fetch-Dest': 'Loaded in the background',
    'header:Accept': 'Loaded as an image',
    'header:Sec-Purpose': 'Fetched ahead of a decision',
    'ua:agent': 'An assistant for a person',
    'ua:monitor': 'Checks that links work',
    'ua:missing': 'Says nothing of itself',
    'ua:says-so': 'Calls itself a robot',
    'ua:list': 'In the public list of robots',
    'ua:not-a-browser': 'A script',
    'ua:mail-scanner': 'A mail filter',
    'asn:mail-scanner': "A mail filter's network",
    internal: 'Your team',
    'team:network': "Your team's network",
    'browser:do-not-count': 'A browser not to be counted',
  },
  platform: { 'Mac OS X': 'macOS' },
  shared_network: { yes: 'Shared by many that day', no: 'Not shared' },
  privacy_signal: { gpc: 'Global Privacy Control (GPC)', dnt: 'Do Not Track (DNT)' },
  address_class: {
    public_v4: 'IPv4',
    public_v6: 'IPv6',
    private: 'A local network',
    loopback: 'This computer',
  },
  identity: { none: 'Nobody is told apart', day: 'By the day', cookie: 'By a cookie, after consent' },
  method: { HEAD: 'HEAD, looked without opening' },
};

/** What is said of scans whose value is not known, where there is more to say than that. */
const unknown: Partial<Record<NamedDimension, string>> = {
  tag: 'No tag',
  directory: 'No folder',
  referrer: 'None (camera, app or typed)',
  privacy_signal: 'Nothing asked',
  parameter: 'No parameter',
  campaign: 'No campaign',
  utm_campaign: 'No campaign',
  utm_source: 'No source',
  utm_medium: 'No medium',
  utm_term: 'No term',
  utm_content: 'No content',
};

/** A dimension in front of its value. */
const dimensions: Record<NamedDimension, string> = {
  country: 'Country',
  region: 'Region',
  city: 'City',
  link: 'Link',
  tag: 'Tag',
  directory: 'Folder',
  domain: 'Domain',
  slug: 'Slug',
  action: 'Came by',
  device_type: 'Device',
  device_brand: 'Brand',
  device_model: 'Model',
  platform: 'System',
  browser: 'Browser',
  language: 'Language',
  network: 'Network',
  referrer: 'Referrer',
  visit_type: 'Visit',
  utm_source: 'Source',
  utm_medium: 'Medium',
  utm_campaign: 'Campaign',
  utm_term: 'Term',
  utm_content: 'Content',
  outcome: 'Outcome',
  verdict: 'Verdict',
  reason: 'Reason',
  timezone: 'Time zone of the place',
  campaign: 'Campaign of the link',
  platform_version: 'System version',
  browser_version: 'Browser version',
  languages: 'Any language',
  asn: 'Network number (ASN)',
  address_class: 'Kind of address',
  shared_network: 'Shared network',
  privacy_signal: 'Wish not to be tracked',
  identity: 'Told apart',
  parameter: 'Has the parameter',
  hour: 'Hour',
  weekday: 'Weekday',
  weekday_hour: 'Hour of the week',
  status: 'HTTP status',
  method: 'Method',
  workflow_version: 'Workflow version',
};

/** A dimension as people say it. */
function dimension(of: Dimension): string {
  return of.startsWith('parameter:') ? `Parameter ${of.slice('parameter:'.length)}` : dimensions[of as NamedDimension];
}

/** What is asked of a value. */
const tests: Record<Test, string> = {
  is: 'is',
  is_not: 'is not',
  contains: 'contains',
  contains_not: 'does not contain',
};


/** As the server's own tables call it. */
const goneLink = '(deleted link)';
const deletedLink = (name: string) => `${name} (deleted)`;

export const values = { words, unknown, unknownValue: 'Unknown', link: 'A link', goneLink, deletedLink, dimension, tests };
