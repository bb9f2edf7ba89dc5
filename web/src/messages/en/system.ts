import { count } from '../../lib/format';

const some = (n: number, one: string, other: string) => `${count(n)} ${n === 1 ? one : other}`;

/** The settings about the installation itself: where its places come from, and how it fares. */
export const system = {
  places: {
    about: 'Countries, cities and networks come from files on this server. No address leaves it.',
    cityTitle: 'Cities and countries',
    networksTitle: 'Networks',
    networksAbout: 'Names the provider behind an address.',
    file: 'File',
    built: 'Made',
    size: 'Size',
    age: (days: number) => (days === 0 ? 'today' : `${some(days, 'day', 'days')} ago`),
    unknownAge: 'not said',
    stale: (days: number) =>
      `These files are ${some(days, 'day', 'days')} old. Addresses move between places and providers; newer files place scans better.`,
    noCity: 'No file tells places yet: scans are counted, but have no country and no city.',
    noNetworks: 'No file tells networks yet: scans are counted, but have no provider.',
    addTitle: 'Add or update',
    addAbout:
      'A running server takes new files up within 20 seconds. Scans that were recorded before keep their places.',
    add: 'Download a city or ASN file in MaxMind’s format (DB-IP Lite and GeoLite2 are free), then on the server:',
    copy: 'Copy the command',
    folder: 'The files lie in',
    attributionTitle: 'Attribution',
    attributionAbout: 'The licence of the data asks for this line wherever places are shown.',
  },

  state: {
    about: 'How this installation fares.',
    live: 'Read again every five seconds.',
    readAt: (time: string) => `As of ${time}.`,
    lost: 'The server does not answer. These figures are the last it gave.',
    wellTitle: 'All is well',
    sickTitle: (n: number) => some(n, 'thing needs attention', 'things need attention'),
    sickAbout: 'Codes are answered all the same.',
    lossTitle: 'Scans that could not be recorded',
    lossAbout: 'Their visitors were sent on all the same. Since this start:',
    noLoss: 'Every scan since this start was recorded.',
    reason: 'Reason',
    scans: 'Scans',
    atRisk: (n: number) => `${some(n, 'scan was', 'scans were')} answered and not yet safe on the disk.`,
    programTitle: 'Program',
    version: 'Version',
    up: 'Running for',
    started: 'Started',
    rules: 'Rules for verdicts',
    memory: 'Memory',
    storageTitle: 'Storage',
    folder: 'Data directory',
    free: 'Free on this disk',
    catalog: 'Catalog (links, members, settings)',
    spool: 'Spool (newest scans, as they came)',
    store: 'Scan store',
    rows: 'Scans kept',
    rowsIn: (rows: number, segments: number) =>
      `${count(rows)} in ${some(segments, 'segment', 'segments')}`,
    hot: 'of them still in memory',
    files: (n: number) => some(n, 'file', 'files'),
    consumersTitle: 'Consumers',
    consumersAbout:
      'They carry scans from the spool into the numbers. A position is epoch and number of the last record.',
    consumer: 'Consumer',
    position: 'Position',
    behind: 'Behind',
    upToDate: 'up to date',
    noRecord: 'no record yet',
    earlierStart: 'in the log of an earlier start',
    records: (n: number) => some(n, 'record', 'records'),
    names: { store: 'Scan store', catalog: 'Catalog (counts of links)' } as Record<string, string>,
  },
};
