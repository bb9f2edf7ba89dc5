import { change, count, dayRange, longDay, scans } from '../../lib/format';
import type { NamedDimension } from '../../lib/filter';
import type { Panel } from '../../overview/panels';
import type { Preset } from '../../lib/range';

/** One or many: `some(2, 'visitor', 'visitors')`. */
function some(n: number, one: string, many: string): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

const presets: Record<Preset, string> = {
  today: 'Today',
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
  '12m': '12 months',
  all: 'All',
};

const panels: Record<Panel['id'], string> = {
  links: 'Links',
  places: 'Places',
  devices: 'Devices',
  software: 'Software',
  networks: 'Networks',
  referrers: 'Referrers',
  campaigns: 'Campaigns',
  visits: 'Visits',
  verdicts: 'Verdicts',
};

/** The tabs of a panel; a dimension that stands alone needs none. */
const tabs: Record<NamedDimension | 'silent', string> = {
  link: 'Top',
  tag: 'Tags',
  directory: 'Folders',
  domain: 'Domains',
  silent: 'Silent',
  country: 'Countries',
  region: 'Regions',
  city: 'Cities',
  slug: 'Slugs',
  action: 'Came by',
  device_type: 'Types',
  device_brand: 'Brands',
  device_model: 'Models',
  platform: 'Systems',
  browser: 'Browsers',
  language: 'Languages',
  network: 'Networks',
  referrer: 'Referrers',
  visit_type: 'First or again',
  utm_source: 'Sources',
  utm_medium: 'Media',
  utm_campaign: 'Campaigns',
  utm_term: 'Terms',
  utm_content: 'Contents',
  outcome: 'Outcomes',
  verdict: 'Verdicts',
  reason: 'Reasons',
  timezone: 'Time zones',
  campaign: 'Campaigns of links',
  platform_version: 'System versions',
  browser_version: 'Browser versions',
  languages: 'All languages',
  asn: 'Numbers',
  address_class: 'Addresses',
  shared_network: 'Shared',
  privacy_signal: 'Wishes',
  identity: 'Told apart',
  parameter: 'Parameters',
  hour: 'Hours',
  weekday: 'Weekdays',
  weekday_hour: 'Hours of the week',
  status: 'Status',
  method: 'Methods',
  workflow_version: 'Versions',
};

/** The overview of a workspace or of one link. */
export const overview = {
  panels,
  tabs,

  range: {
    label: 'Days',
    presets,
    custom: 'Dates…',
    from: 'First day',
    to: 'Last day',
    show: 'Show',
    earlier: 'The days before',
    later: 'The days after',
    words: (first: string, last: string) => (first === last ? longDay(first) : dayRange(first, last)),
    since: (first: string) => `Since ${longDay(first)}`,
    all: 'Everything there is',
  },

  counting: {
    label: 'Whose scans',
    human: 'People',
    all: 'Everything',
    explain: {
      human: 'Bots, link previews and uptime checks are kept apart.',
      all: 'Every answered request counts: bots, link previews and uptime checks too.',
    },
  },

  filters: {
    label: 'Filters',
    remove: (words: string) => `Remove the filter ${words}`,
    clear: 'Clear all',
    saved: 'Saved filters',
    save: 'Save these filters…',
    saveTitle: 'Save these filters',
    saveExplain: 'Everybody in the workspace can then choose them.',
    name: 'Name',
    keep: 'Save',
    cancel: 'Cancel',
    forget: (name: string) => `Forget the filter “${name}” for everybody`,
    forgotten: (name: string) => `The filter “${name}” is forgotten, for everybody in the workspace.`,
    uncounted: (verdicts: string[]) =>
      `This page counts people, and the filter asks for ${new Intl.ListFormat('en', { type: 'disjunction' }).format(
        verdicts.map((verdict) => `“${verdict}”`),
      )}: no such scan is in its numbers.`,
    everything: 'Count everything',
    several: 'Tags: a scan counts with each tag of its link, so these can add up to more than the total.',
    words: (dimension: string, test: string, values: string[]) =>
      `${dimension} ${test} ${new Intl.ListFormat('en', { type: 'disjunction' }).format(values)}`,
    add: 'Filter…',
    change: (words: string) => `Change the filter ${words}`,
    title: 'Filter the scans',
    changeTitle: 'Change the filter',
    dimension: 'Of each scan',
    test: 'What is asked',
    values: 'Values',
    parameterName: 'Name of the parameter',
    parameterOf: 'Value of a parameter',
    search: 'Find a value, or type one',
    containsHint: 'Part of the value. Several are alternatives; upper and lower case count alike.',
    addValue: (value: string) => `Add “${value}”`,
    valueRemoved: (value: string) => `Remove “${value}”`,
    reading: 'Reading the values…',
    noValues: 'No scan of these days has one. Type a value to filter by it all the same.',
    apply: 'Apply',
    none: 'Choose at least one value.',
    groups: {
      places: 'Places',
      links: 'Links',
      devices: 'Devices',
      networks: 'Networks and privacy',
      sources: 'Where from',
      times: 'Times',
      answers: 'What was answered',
    },
  },

  now: {
    on: (people: number, here: number) =>
      here === 0
        ? 'nobody on now'
        : `${some(people, 'person on now', 'people on now')}, ${scans(here)} in five minutes`,
    onAll: (n: number) => `${scans(n)} in five minutes`,
    explain: 'In the last five minutes',
    opening: 'Connecting…',
    live: 'Live',
    lost: 'Reconnecting…',
    offline: 'Offline',
    upTo: (clock: string) => `Data up to ${clock}`,
  },

  figures: {
    label: 'In figures',
    scans: 'Scans',
    visitors: 'Visitors',
    visitorsNote: 'per day, added',
    first: 'First visits',
    returning: 'Came again',
    ofScans: (share: string) => `${share} of scans`,
    before: {
      before: (now: number, before: number) => `${change(now, before)} against ${count(before)} before`,
      year: (now: number, before: number) => `${change(now, before)} against ${count(before)} in the year before`,
    },
    beforeDay: {
      before: (now: number, before: number) => `${change(now, before)} against ${count(before)} by this time`,
      year: (now: number, before: number) =>
        `${change(now, before)} against ${count(before)} by this time in the year before`,
    },
    noneBefore: { before: 'none in the days before', year: 'none in the year before' },
    unbegun: {
      before: 'in the days before nothing was counted yet',
      year: 'in the year before nothing was counted yet',
    },
  },

  series: {
    title: 'Scans over time',
    scans: 'Scans',
    visitors: 'Visitors',
    before: (days: number) => (days === 1 ? 'Day before' : 'Days before'),
    year: 'Year before',
    compare: 'Compared with',
    running: 'so far',
    unbegun: 'nothing was counted yet',
    time: 'Time',
    timeIn: (timeZone: string) => `Time (${timeZone})`,
    label: (range: string) => `Scans over time, ${range}. Arrow keys move through it.`,
    words: (when: string, scansThere: number, visitors: number) =>
      `${when}: ${scans(scansThere)}, ${some(visitors, 'visitor', 'visitors')}`,
  },

  table: { show: 'Table', hide: 'Chart' },

  /** A panel's way out of the page. */
  copy: {
    open: 'Copy',
    of: (title: string) => `Copy: ${title}`,
    copyPicture: 'Copy as picture',
    savePicture: 'Save as picture (PNG)',
    copyCsv: 'Copy as CSV',
    saveCsv: 'Save as CSV',
    pictureCopied: 'Copied as a picture: paste it into a document.',
    copied: (rows: string) => `Copied ${rows}: paste them into a spreadsheet.`,
    saved: (rows: string) => `Saved ${rows}.`,
    savedInstead: 'This browser does not let a page copy without HTTPS, so it was saved as a file.',
    failed: 'That did not work. Load the page anew and try again.',
    rows: (n: number, of: number) =>
      n === of ? some(n, 'row', 'rows') : `${count(n)} of ${count(of)} rows`,
    rowsAndRest: (n: number, of: number) =>
      `${count(n)} of ${count(of)} rows, and one for all the others`,
    zone: (timeZone: string) => `Times of ${timeZone}.`,
    source: (host: string, counting: string, made: string) =>
      `Source: Quietzone at ${host}. ${counting} Made ${made}.`,
  },

  breakdown: {
    scans: 'Scans',
    visitors: 'Visitors',
    more: (groups: number) => `Show all ${count(groups)}`,
    other: (values: number) => `(other) ${count(values)} more`,
    searched: (shown: number, groups: number) =>
      `The ${count(shown)} most frequent of ${count(groups)}; a search looks through all.`,
    searchedFew: (shown: number, groups: number) =>
      `The ${count(shown)} most frequent of ${count(groups)}; a search looks through these.`,
    searching: (groups: number) => `Looking through all ${count(groups)}…`,
    search: 'Search',
    close: 'Close',
    nothingFound: (words: string) => `Nothing here contains “${words}”.`,
    none: 'No scans in these days.',
    noneOf: {
      campaigns:
        'No scan carried a campaign. Add utm_campaign to a destination’s short address, or to the code, to see it here.',
    },
    openLink: (name: string) => `Open ${name}`,
  },

  /** What networks say of how sure the numbers are. */
  networks: {
    label: 'How sure networks are',
    only: 'Only these',
    shared: (n: number) =>
      `${scans(n)} from networks that many visitors shared that day (a carrier, a school): people there are told apart by their devices only.`,
    hosted: (n: number) =>
      `${scans(n)} out of data centres, where VPNs and relays end. Their place is the data centre’s.`,
    relayed: (n: number) =>
      `${scans(n)} through networks by which iCloud Private Relay leaves (Akamai, Cloudflare, Fastly). Their place is roughly right.`,
    gpc: (n: number) => `${scans(n)} asked by Global Privacy Control not to be tracked: counted, but as nobody’s.`,
    dnt: (n: number) => `${scans(n)} asked by Do Not Track not to be tracked: counted, but as nobody’s.`,
  },

  silent: {
    days: 'Silent for',
    choice: (days: number) => `${days} days`,
    never: 'never scanned',
    last: 'Last scan',
    none: (days: number) => `Every link was scanned in the last ${days} days.`,
  },

  week: {
    title: 'Hours of the week',
    day: 'Day',
    hour: 'Hour',
    busiest: (day: string, hours: string, n: number) => `Busiest: ${day}, ${hours}, ${scans(n)}`,
    cell: (day: string, hours: string, n: number) => `${day}, ${hours}: ${scans(n)}`,
    less: 'fewer',
    more: 'more',
    empty: 'No scans in these days.',
  },

  map: {
    title: 'Map',
    label:
      'World map of scans. Plus and minus zoom, arrow keys move it, Page Up and Page Down go from place to place, Enter filters.',
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fit: 'Show all places',
    country: (name: string, n: number) => `${name}: ${scans(n)}`,
    unplaced: (n: number, all: number) => `${count(n)} of ${scans(all)} have no place.`,
    undrawn: (drawn: number, more: number, n: number) =>
      `The ${count(drawn)} places with most scans are drawn; ${count(more)} more, with ${scans(n)}, are not.`,
    nowhere: 'Without a place',
    guess: 'Places are the provider’s guess: the country is nearly always right, the city may be the next large town.',
    none: 'No scan of these days has a place.',
    noneLocal: 'Scans from this computer and from your own network have none.',
    noneNext: 'Places come from a geolocation file on this server.',
    settings: 'Add one under Settings, Places',
    place: 'Place',
    land: 'Country',
    latitude: 'Latitude',
    longitude: 'Longitude',
  },

  latest: {
    title: 'Latest scans',
    arrived: (n: number) => some(n, 'new scan', 'new scans'),
    all: (n: number) => `The latest ${count(n)} are shown.`,
    fewer: 'Show fewer',
    more: 'Show more',
    exported: 'all scans of this range',
    zone: (timeZone: string) => `Times are those of ${timeZone}.`,
  },

  empty: {
    never: 'No scans yet.',
    neverLink:
      'Choose a link and scan its code with your phone’s camera: the scan appears here within a second.',
    toLinks: 'Go to your links',
    neverScan: 'Scan the code with your phone’s camera: the scan appears here within a second.',
    neverOpenBefore: 'Open',
    neverOpen: 'the short address',
    neverOpenAfter: 'in this browser: it appears here within a second.',
    range: 'No scans in these days.',
    last: (when: string) => `The last scan was ${when}.`,
    filters: 'No scans match the filters.',
    peopleOnly: 'Only people are counted here: bots, link previews and uptime checks could match.',
    showAll: 'Show everything there is',
    clear: 'Clear the filters',
    everything: 'Count everything, programs too',
  },

  funnel: {
    title: 'How far scans come',
    explain: 'Each scan counts once a step, however often it comes back; visitors count once a day.',
    step: 'Step',
    scans: 'Scans',
    visitors: 'Visitors',
    left: 'Left here',
    answered: 'Answered',
    rate: 'Of all that began',
    sure: (low: string, high: string) => `95 in 100 times between ${low} and ${high}`,
    completed: (share: string, scansThere: number, sure?: string) =>
      `${share} came to the end: ${scans(scansThere)}${sure === undefined ? '' : `, ${sure}`}.`,
    sureOf: '95 in 100 times',
    between: (low: string, high: string) => `${low} to ${high}`,
    none: 'No scan of these days came to this link, so nobody began. These are its steps.',
    unfinishedAt: (begun: number, left: number, step: string) =>
      `Nobody has come to the end yet. Of ${scans(begun)} that began, ${count(left)} ended here: ${step}.`,
    unfinished: (begun: number) =>
      `Nobody has come to the end yet: ${scans(begun)} began, and a scan of a moment ago can still go on.`,
    branches: 'Ways taken',
    arrival: 'Arrival',
  },

  happened: {
    title: 'What happened',
    add: 'Add a note',
    text: 'What happened',
    placeholder: 'Poster printed',
    day: 'Day',
    keep: 'Add',
    remove: (text: string) => `Remove “${text}”`,
    removed: (text: string) => `Removed “${text}”.`,
    cancel: 'Cancel',
    none: 'Nothing is noted for these days. Press a day in the chart to write down what happened there.',
    at: 'Time (UTC)',
    link: 'Link',
    what: 'What happened',
    who: 'By',
    nothing: 'Nothing is noted for these days.',
    ofLink: (link: string, text: string) => `${link}: ${text}`,
    several: (n: number) => count(n),
    automatic: 'Changes of links',
    by: (who: string) => (who ? `by ${who}` : ''),
  },

  problem: { again: 'Try again' },
  damaged: (n: number) =>
    `A file of the scan store is damaged: ${scans(n)} at most may be missing from these numbers.`,
};
