import { RECORD, type LogRecord } from '../recorder/log-records.js';
import { FATES, type Fate } from '../disk/disk-fate.js';
import { type Moment, MomentFinder, MOMENTS } from './cut-moments.js';

/** Where in a recording the power goes, and what the disk makes of it. */
export interface PlannedCut {
  readonly number: number;
  /** Records before it have happened. */
  readonly position: number;
  readonly fate: Fate;
  readonly seed: number;
  /** `gateway`: the built gateway opens the folder; else the same code does in the checker's process, `start` with what a start looks at first. */
  readonly by: 'gateway' | 'start' | 'stores';
  readonly moments: readonly Moment[];
}

/** One cut of so many is opened by a gateway, and one with the checks of a start: those take processes of their own. */
const GATEWAY_EVERY = 40;
const START_EVERY = 10;
const WAYS = 4;

/**
 * Cuts in order of their places. A quarter lies anywhere, a quarter right after something was about to be sent, when a promise may just
 * have left, a quarter beside a sync, and a quarter in each kind of moment by turns. Every fate comes equally often.
 *
 * @throws Error for a recording without one of the moments
 */
export function planCuts(
  records: readonly LogRecord[],
  points: number,
  random: (limit: number) => number,
): PlannedCut[] {
  const finder = new MomentFinder();
  const moments = [[], ...records.map((record) => finder.take(record))] as const;
  const places = placesOf(records, moments);
  const positions = Array.from({ length: points }, (_, i) => {
    const from = places(i);
    return from === undefined || from.length === 0 ? random(records.length + 1) : from[random(from.length)];
  });
  return positions
    .sort((a, b) => a - b)
    .map((position, number) => ({
      number,
      position,
      fate: FATES[number % FATES.length],
      seed: random(2 ** 31),
      by: openerOf(number),
      moments: moments[position],
    }));
}

/** Among which places the cut of this number is to be; undefined: anywhere. */
function placesOf(
  records: readonly LogRecord[],
  moments: readonly (readonly Moment[])[],
): (number: number) => readonly number[] | undefined {
  const ofKind = (wanted: number): number[] => records.flatMap(({ kind }, i) => (kind === wanted ? [i] : []));
  const sends = ofKind(RECORD.send).map((i) => i + 1);
  const syncs = ofKind(RECORD.sync);
  const ends = new Set(syncs.map((i) => records[i].id));
  const besideSyncs = [
    ...syncs.map((i) => i + 1),
    ...records.flatMap(({ kind, id }, i) => (kind === RECORD.end && ends.has(id) ? [i, i + 1] : [])),
  ];
  const inMoments = MOMENTS.map((moment) => {
    const found = moments.flatMap((now, i) => (now.includes(moment) ? [i] : []));
    if (found.length === 0) throw new Error(`the recorded day has no moment of the kind "${moment}"`);
    return found;
  });
  return (number) => {
    const turn = Math.floor(number / WAYS);
    return [undefined, sends, besideSyncs, inMoments[turn % inMoments.length]][number % WAYS];
  };
}

function openerOf(number: number): PlannedCut['by'] {
  if (number % GATEWAY_EVERY === GATEWAY_EVERY - 1) return 'gateway';
  return number % START_EVERY === 0 ? 'start' : 'stores';
}
