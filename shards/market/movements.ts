import { changeInterval, changeP, discoveryLimit } from './significance.js';
import type { ShopperTotals, Tally } from './tally.js';

/** Of the rising and falling that are told, the part that may be chance. */
const FALSE_MAX = 0.01;
/** Shoppers, now and before, below which nothing is tested: the test could not find anything. */
const SHOPPERS_MIN = 10;
/** Below so many standard deviations p is above any limit, and is not worked out. */
const DEVIATIONS_MIN = 1.9;
/** Shoppers from which a thing helps to tell the dispersion, and things that are needed for it. */
const DISPERSION_SHOPPERS = 20;
const DISPERSION_THINGS = 8;

/** Something that is clicked more often, or less often, than before, beside all others. */
export interface Movement {
  readonly of: number;
  /** Users who clicked, in the periods told of and in as many before. */
  readonly now: number;
  readonly before: number;
  /** Its part of all clicks now ÷ before, with an interval of 95 %; `null` for a ratio without an end. */
  readonly ratio: number | null;
  readonly low: number;
  readonly high: number | null;
  /** Of the test, when nothing had changed. */
  readonly p: number;
}

export interface Movements {
  readonly rising: readonly Movement[];
  readonly falling: readonly Movement[];
  /** Things that were tested. */
  readonly tested: number;
  /** Variance in parts of what chance alone makes (McCullagh and Nelder 1989, quasi-likelihood), at least 1. */
  readonly dispersion: number;
}

/**
 * What rises and falls: shoppers of each thing now against before, as parts of all shoppers, by the conditional test with counts divided
 * by the dispersion, so that what swings by itself is no trend; of those told 1 % at most are chance (Benjamini and Hochberg).
 */
export function movements(tally: Tally, totals: ShopperTotals, top: number): Movements {
  const share = totals.now / Math.max(1, totals.now + totals.before);
  const dispersion = dispersionOf(tally, totals);
  if (share === 0 || share === 1) return { rising: [], falling: [], tested: 0, dispersion };
  const moved: Change[] = [];
  let tested = 0;
  for (let of = 0; of < tally.size; of++) {
    const now = tally.clickers[of];
    const before = tally.before[of];
    const due = (now + before) / dispersion;
    if (due < SHOPPERS_MIN) continue;
    tested++;
    const deviation = Math.abs(now / dispersion - due * share) / Math.sqrt(due * share * (1 - share));
    if (deviation >= DEVIATIONS_MIN)
      moved.push({ of, now, before, p: changeP(now / dispersion, before / dispersion, share) });
  }
  const limit = discoveryLimit(
    moved.map(({ p }) => p),
    tested,
    FALSE_MAX,
  );
  const found = moved.filter(({ p }) => p <= limit).sort((a, b) => a.p - b.p || a.of - b.of);
  const isRising = ({ now, before }: Change): boolean => now * (1 - share) > before * share;
  // Intervals are a hundred times the work of a test: of those alone that are told.
  const told = (changes: readonly Change[]): Movement[] =>
    changes.slice(0, top).map((change) => movementOf(change, share, dispersion));
  return {
    rising: told(found.filter(isRising)),
    falling: told(found.filter((change) => !isRising(change))),
    tested,
    dispersion,
  };
}

type Change = Pick<Movement, 'of' | 'now' | 'before' | 'p'>;

function movementOf(change: Change, share: number, dispersion: number): Movement {
  const { now, before } = change;
  const { low, high } = changeInterval(now / dispersion, before / dispersion, share);
  const ratio = before === 0 ? null : (now * (1 - share)) / (before * share);
  return { ...change, ratio, low, high: Number.isFinite(high) ? high : null };
}

/** The median of χ² ÷ degrees of freedom of things with enough shoppers, in parts of what it is by chance; trends of a few do not move it. */
function dispersionOf(tally: Tally, totals: ShopperTotals): number {
  const degrees = totals.periods - 1;
  if (degrees < 1) return 1;
  const found: number[] = [];
  for (let of = 0; of < tally.size; of++)
    if (tally.clickers[of] + tally.before[of] >= DISPERSION_SHOPPERS)
      found.push(tally.chiSquare(of, totals) / degrees);
  if (found.length < DISPERSION_THINGS) return 1;
  // Wilson and Hilferty's median of χ².
  const byChance = (1 - 2 / (9 * degrees)) ** 3;
  return Math.max(1, Float64Array.from(found).sort()[found.length >> 1] / byChance);
}
