/** One scan among others, and how long ago it was. */
export const scans = {
  caption: 'The latest scans',
  columns: {
    time: 'Time',
    link: 'Link',
    place: 'Place',
    device: 'Device',
    network: 'Network',
    by: 'By',
    verdict: 'Verdict',
  },
  someLink: 'A link',
  noPlace: 'unknown place',
  noDevice: 'unknown device',
  code: 'code',
  click: 'click',
  first: 'first',
  again: 'again',
  unnamed: 'Unnamed link',
  browserOn: (browser: string, platform: string) => `${browser} on ${platform}`,
  deviceTypes: {
    DEVICE_TYPE_MOBILE: 'Phone',
    DEVICE_TYPE_TABLET: 'Tablet',
    DEVICE_TYPE_DESKTOP: 'Computer',
    DEVICE_TYPE_NATIVE: 'Scanner app',
  } as Record<string, string>,

  count: (n: number, written: string) => `${written} ${n === 1 ? 'scan' : 'scans'}`,
  justNow: 'just now',
  minutesAgo: (n: number) => `${n} min ago`,
  hoursAgo: (n: number) => `${n} h ago`,
  daysAgo: (n: number) => `${n} d ago`,
};
