import { RECORD, type LogRecord } from '../recorder/log-records.js';
import { FATES, type Fate } from '../disk/disk-fate.js';

/** Where in a recording the power goes, and what the disk makes of it. */
export interface PlannedCut {
  readonly number: number;
  /** Records before it have happened. */
  readonly position: number;
  readonly fate: Fate;
  readonly seed: number;
  /** `gateway`: the built gateway opens the folder; else the same code does in the checker's process, `start` with what a start looks at first. */
  readonly by: 'gateway' | 'start' | 'stores';
}

/** One cut of so many is opened by a gateway, and one with the checks of a start: those take processes of their own. */
const GATEWAY_EVERY = 40;
const START_EVERY = 10;

/**
 * Cuts in order of their places. A third lies anywhere, a third right after something was about to be sent, when a promise may just
 * have left, and a third beside a sync. Every fate comes equally often.
 */
export function planCuts(
  records: readonly LogRecord[],
  points: number,
  random: (limit: number) => number,
): PlannedCut[] {
  const places = (kinds: readonly number[]): number[] =>
    records.flatMap(({ kind }, i) => (kinds.includes(kind) ? [i] : []));
  const sends = places([RECORD.send]);
  const syncs = places([RECORD.sync]);
  const ends = new Set(syncs.map((i) => records[i].id));
  const besideSyncs = [
    ...syncs.map((i) => i + 1),
    ...records.flatMap(({ kind, id }, i) => (kind === RECORD.end && ends.has(id) ? [i, i + 1] : [])),
  ];
  const positions = Array.from({ length: points }, (_, i) => {
    const from = i % 3 === 0 ? undefined : i % 3 === 1 ? sends : besideSyncs;
    if (from === undefined || from.length === 0) return random(records.length + 1);
    return from[random(from.length)] + (i % 3 === 1 ? 1 : 0);
  });
  return positions
    .sort((a, b) => a - b)
    .map((position, number) => ({
      number,
      position,
      fate: FATES[number % FATES.length],
      seed: random(2 ** 31),
      by: openerOf(number),
    }));
}

function openerOf(number: number): PlannedCut['by'] {
  if (number % GATEWAY_EVERY === GATEWAY_EVERY - 1) return 'gateway';
  return number % START_EVERY === 0 ? 'start' : 'stores';
}
