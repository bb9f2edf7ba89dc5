import { change, count, weekday } from '../../lib/format';

/** Live scans for a screen on the wall. */
export const wall = {
  title: (workspace: string) => `Live scans, ${workspace}`,
  open: 'Wall screen',
  openTitle: 'Live scans in full screen, for a screen on the wall',
  full: 'Full screen',
  leave: 'Leave (Esc)',
  today: 'Scans today',
  visitors: 'Visitors today',
  now: 'On now',
  nowHint: 'people in the last five minutes',
  nowScans: 'scans in the last five minutes',
  latest: 'Latest scans',
  map: 'Where scans come from today',
  none: 'No scan yet today. The next one appears here within a second.',
  week: (now: number, before: number, day: number) =>
    before === 0
      ? `${weekday(day, 'long')} a week ago: no scan by this time`
      : `${change(now, before)} against ${count(before)} by this time last ${weekday(day, 'long')}`,
  live: 'Live',
  opening: 'Connecting…',
  lost: (upTo: string) => `Behind: reconnecting. Data up to ${upTo}.`,
  behind: (upTo: string) => `Behind: data up to ${upTo}.`,
  failing: (upTo: string) => `Behind: the numbers cannot be read at the moment. Data up to ${upTo}.`,
  never: 'the start',
};
