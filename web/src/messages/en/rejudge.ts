import { count } from '../../lib/format';

const scans = (n: number) => `${count(n)} ${n === 1 ? 'scan' : 'scans'}`;

/** Judging recorded scans again. */
export const rejudge = {
  title: 'Judge past scans again',
  about:
    'The rules that tell people from programs get better. Today’s can judge scans of before; each scan keeps its first verdict too, and gets it back when you say so.',
  first: 'First day',
  last: 'Last day',
  hint: 'User agents are kept for 30 days. Older scans move only where a verdict needs none.',
  look: 'See what would change',
  looking: 'Looking…',
  onlyAdmins: 'Only an admin of the workspace can have scans judged again.',
  waiting: 'Waiting for its turn…',
  progress: (done: number, all: number) => `${count(done)} of ${count(all)} days`,
  range: (from: string | undefined, to: string) => (from ? `${from} to ${to}` : `Up to ${to}`),
  foretold: (moved: number, all: number) =>
    moved === 0
      ? `None of ${scans(all)} would get another verdict.`
      : `${count(moved)} of ${scans(all)} would get another verdict.`,
  foretoldPeople: (before: number, after: number) => `People’s scans: ${count(before)} now, ${count(after)} then.`,
  done: (moved: number, all: number) =>
    moved === 0
      ? `None of ${scans(all)} got another verdict.`
      : `${count(moved)} of ${scans(all)} got another verdict.`,
  restored: (moved: number) =>
    moved === 0 ? 'No scan had another verdict.' : `${scans(moved)} got the first verdict back.`,
  people: (before: number, after: number) => `People’s scans: ${count(before)} before, ${count(after)} now.`,
  by: (who: string, when: string) => `By ${who}, ${when}`,
  movedTitle: 'What moves',
  before: 'Verdict before',
  after: 'Verdict by today’s rules',
  restoredAfter: 'Verdict now',
  scans: 'Scans',
  stayedTitle: 'What has to stay',
  stayed: {
    user_agent_gone: 'The user agent is no longer kept',
    user_agent_cut: 'Only the beginning of the user agent is kept',
    headers_not_kept: 'Recorded before the headers’ purpose was kept',
    newer_rules: 'Judged by rules newer than this program’s',
  } as Record<string, string>,
  apply: (moved: number) => `Move ${scans(moved)}`,
  applyAbout: 'Counters, charts and lists follow. Webhooks are not told again.',
  undo: 'Give the first verdicts back',
  undoAbout: 'For all scans of these days that were judged again.',
  failed: 'It could not be finished.',
};
