import { count } from '../../lib/format';
import type { Section } from '../../lib/route';

const sections: Record<Section, string> = {
  workspace: 'Workspace',
  address: 'Address',
  members: 'Members',
  tokens: 'API tokens',
  webhooks: 'Webhooks',
  exports: 'Exports',
  audit: 'Log',
  account: 'Account',
  places: 'Places',
  privacy: 'Privacy',
  backups: 'Backups',
  system: 'System',
};

const codes = (n: number) => `${count(n)} ${n === 1 ? 'code' : 'codes'}`;

/**
 * The settings: their menu, the workspace and the address. Members, tokens and account: `people`; the rest:
 * `system`.
 */
export const settings = {
  title: 'Settings',
  sections,
  back: 'All settings',
  save: 'Save',
  saving: 'Saving…',
  saved: 'Saved.',
  discard: 'Discard',
  cancel: 'Cancel',
  again: 'Try again',
  reading: 'Reading…',
  notYours: 'Your role does not show this. An admin of the workspace can.',
  readOnly: 'Only an admin of the workspace can change this.',
  unsavedTitle: 'Leave without saving?',
  unsavedAbout: 'What you changed here is not saved yet.',
  leave: 'Leave',
  stay: 'Stay',
  open: 'Open',

  zone: 'Time zone',
  zones: 'Zones',
  noZone: 'No zone is called that.',
  zoneHint: 'Its midnight is where your days begin.',

  workspace: {
    about: 'What this workspace is called, and what it counts and keeps.',
    nameTitle: 'Name and time zone',
    name: 'Name',
    zoneHint: 'Days, weeks and hours in every chart are those of this zone. Past scans move with it.',
    countingTitle: 'What is counted',
    countingAbout: 'Every scan is kept with its verdict. This only says what the numbers show at first.',
    counting: {
      human: { label: 'People', about: 'Bots, link previews, monitors and your own team are kept apart.' },
      all: { label: 'Everything', about: 'Every request of a code, whoever or whatever made it.' },
      default: { label: 'As installed', about: 'What the configuration of this installation says.' },
    },
    collectionTitle: 'What is kept of a visitor',
    collectionAbout: 'Applies to scans from now on. No address of a visitor is ever written to the disk.',
    collection: {
      none: {
        label: 'None',
        about:
          'The bare scan: when, which code, which city and kind of device. Visitors are not told apart and no cookie is set. Numbers of visitors stay empty.',
      },
      basic: {
        label: 'Basic',
        about:
          'Also a keyed fingerprint that lets visitors of the same day be told apart; its key is destroyed every night, and nobody can be followed from one day to the next. Visitors see no banner: a cookie is set only for links that ask whether it is the first scan, and it names nobody.',
      },
    },
    collectionKept: 'Visitors who ask not to be tracked (GPC, Do Not Track) are counted as with None.',
    networksTitle: 'Team networks',
    networksAbout:
      'Scans from these addresses are your own: kept, marked as internal, and not counted as people.',
    networks: 'Addresses and networks',
    networksHint: 'One a line: 203.0.113.7, 198.51.100.0/24 or 2001:db8::/32.',
    wrongLine: (line: number, text: string) => `Line ${line}: “${text}” is no address or network.`,
    refusedLine: (line: number, text: string, why: string) => `Line ${line}, “${text}”: ${why}`,
    browserTitle: 'Do not count me',
    browserAbout: 'For people who often scan their own codes.',
    browserSwitch: 'Leave out the scans of this browser',
    browserHint: 'A cookie in this browser marks them as internal. It says nothing else.',
    browserOn: 'Scans of this browser are no longer counted.',
    browserOff: 'Scans of this browser are counted again.',
    phone: 'For your phone, open this address there and switch it on:',
    phoneCopy: 'Copy the address',
    othersTitle: 'Your workspaces',
    othersAbout: 'Each has its own links, members and numbers.',
    here: 'You are here',
    open: (name: string) => `Open ${name}`,
    demo: 'Demo',
    another: 'New workspace',
    anotherAbout: 'It starts empty, with an API token of its own.',
    create: 'Create the workspace',
    creating: 'Creating…',
    created: 'The workspace is there',
    createdToken: 'Its API token',
    createdCopy: 'Copy the token',
    createdAbout:
      'Full access to the new workspace. It is shown this once; keep it where you keep passwords.',
    openIt: 'Open it',
    done: 'Done',
  },

  address: {
    about: 'What every code begins with. Phones must be able to reach it.',
    title: 'Base address',
    titleAbout: 'New codes and links are made with it. It takes effect at once.',
    label: 'Base address',
    hint: 'With http:// or https://, without a path: https://qr.example.com',
    from: {
      configuration:
        'It comes from the configuration (--base-url, QUIETZONE_BASE_URL or the file): change it there and start again.',
      saved: 'It was set here.',
      listening: 'Nobody has set it: it is the address Quietzone listens on.',
    },
    listen: (address: string) => `Quietzone listens on ${address}.`,
    taken: (n: number) =>
      n === 0
        ? 'No code has been downloaded with this address yet.'
        : `${codes(n)} downloaded with this address.`,
    formerTitle: 'Former addresses',
    formerAbout: 'Codes printed with them work as long as the address still leads to this server.',
    former: { address: 'Address', taken: 'Codes downloaded', until: 'In use until' },
    warnTitle: 'Printed codes keep the old address',
    warn: (n: number, old: string) =>
      `${codes(n)} ${n === 1 ? 'was' : 'were'} downloaded with ${old}. What is printed cannot change: those codes work only while ${old} still reaches this server.`,
    warnSome: (old: string) =>
      `Codes were downloaded with ${old}. What is printed cannot change: those codes work only while ${old} still reaches this server.`,
    warnKeep:
      'Quietzone goes on answering under the old address. Keep its DNS record, or its place in your network, as it is.',
    acknowledge: 'The old address will go on reaching this server, or those codes may stop working.',
    change: 'Change the address',
    moved: (url: string) => `Changed. From now on this dashboard is best opened at ${url}.`,
  },
};
