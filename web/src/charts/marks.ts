/** Marks of a chart that stand so near each other that they share a flag. */
export interface Flag {
  /** Pixels from the left. */
  x: number;
  /** Pixels up to the next flag, or to the end of the chart. */
  room: number;
  /** Whether it hangs to the left of its place: at the right rim it would have no room for a word. */
  back: boolean;
  /** Places of the marks in their list. */
  marks: number[];
}

/** Width of a flag that can be hit with a finger, in pixels. */
const NARROWEST = 28;
/** Width in which a word or two can be read. */
const READABLE = 96;

/** Flags for marks at these places, ascending; those that would lie on each other become one, at the first's place. */
export function flagsOf(xs: readonly number[], width: number): Flag[] {
  const flags: Flag[] = [];
  xs.forEach((x, mark) => {
    const last = flags.at(-1);
    if (last && x - last.x < NARROWEST) last.marks.push(mark);
    else flags.push({ x, room: 0, back: false, marks: [mark] });
  });
  flags.forEach((flag, index) => {
    flag.room = Math.max(NARROWEST, (flags[index + 1]?.x ?? width) - flag.x);
  });
  const last = flags.at(-1);
  const before = flags.at(-2);
  const free = last ? (last.x - (before?.x ?? 0)) / (before ? 2 : 1) : 0;
  if (last && last.room < READABLE && free >= READABLE) {
    if (before) before.room = free;
    Object.assign(last, { room: free, back: true });
  }
  return flags;
}

/** The bucket in which an instant lies; -1 before the first. */
export function bucketAt(starts: readonly Date[], at: Date): number {
  return starts.findLastIndex((start) => start <= at);
}
