/** From the set-up link to the first scan; and the way out of the demo. */
export const firstRun = {
  reach: {
    cannot: 'A phone cannot reach',
    meaning: 'That name means this computer only.',
    offer: (url: string) => `Use ${url}`,
    offerAbout:
      'That is this computer in your network; phones on the same Wi-Fi reach it. Codes are made with it from then on.',
    busy: 'Changing…',
    done: (url: string) => `Codes begin with ${url} now.`,
    listen: 'Quietzone listens on this computer only. Stop it, and start it again for the whole network:',
    configured:
      'The address comes from the configuration. Change it there, or start Quietzone with another one:',
    copy: 'Copy the command',
    other: 'Is there a public address?',
    settings: 'Set it in the settings',
    noLan: 'No network address was found on this computer. Connect it to the network that your phone is in.',
    askAdmin: 'An admin can choose an address that phones reach, in the settings.',
  },
  scan: {
    title: 'Now scan it',
    about: 'Point your phone’s camera at the code and open what it offers.',
    waiting: 'Waiting for the first scan…',
    there: 'There it is.',
    arrived: (what: string) => `${what}. The first scan is counted.`,
    someone: 'A phone',
    apart: (verdict: string) =>
      `A request came, but was not counted as a person’s: ${verdict}. It is under Everything.`,
    lost: 'The connection is interrupted; it comes back by itself.',
    change: 'It can be printed now: where it leads, you can change at any time.',
  },
  demo: {
    label: 'Demo',
    strip: 'These scans are simulated.',
    leave: 'Make my own workspace',
    title: 'Make my own workspace',
    about:
      'It starts empty and is yours. The demo is dropped whole: its links, their codes and all simulated scans. Printed demo codes stop working.',
    name: 'Name',
    example: 'Café Aurora',
    zoneHint: 'Its midnight is where your days begin.',
    submit: 'Drop the demo and begin',
    busy: 'Making it…',
    cancel: 'Not yet',
  },
};
