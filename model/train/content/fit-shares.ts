import { toUnitLength } from '../../content/linear-projection.js';
import type { Learned } from './choose-ridge.js';
import { isSurelyBetter, meanCosine, type JudgedItems } from './sure-gain.js';

/** Items held out that shares are judged on: those clicked most. */
const JUDGED_MAX = 400;
const ROUNDS = 200;

/** Places of items held out by one source, by row; a row is missing where the source says nothing of the item. */
export type SourcePlaces = ReadonlyMap<number, Float32Array>;

/** What the places of each source count, adding up to 1, and the mean cosine with the learned places when they are added up so. */
export interface FittedShares {
  readonly shares: readonly number[];
  readonly cosine: number;
}

/**
 * How much each source counts in the sum of its places with the others': the least squares with shares of 0 and more, on items that no source
 * was learned from. A source without which the sum might be as good counts nothing. Nothing in it is random.
 */
export function fitShares(learned: Learned, sources: readonly SourcePlaces[]): FittedShares {
  const rows = [...new Set(sources.flatMap((places) => [...places.keys()]))]
    .sort((a, b) => a - b)
    .slice(0, JUDGED_MAX);
  const judged: Judged = { learned, sources, rows };
  let isUsed = sources.map(() => true);
  let best = sharesOf(judged, isUsed);
  const weakestFirst = [...sources.keys()].sort((a, b) => best.shares[a] - best.shares[b]);
  for (const source of weakestFirst.slice(0, -1)) {
    const without = isUsed.map((used, i) => used && i !== source);
    const other = sharesOf(judged, without);
    if (isSurelyBetter(best.items, other.items)) continue;
    isUsed = without;
    best = other;
  }
  return { shares: best.shares, cosine: meanCosine(best.items) };
}

/** Shares of some of the sources, and how near the items stand by them. */
interface JudgedShares {
  readonly shares: readonly number[];
  readonly items: JudgedItems;
}

/** What shares are judged on. */
interface Judged {
  readonly learned: Learned;
  readonly sources: readonly SourcePlaces[];
  readonly rows: readonly number[];
}

function sharesOf(judged: Judged, isUsed: readonly boolean[]): JudgedShares {
  const { learned, rows } = judged;
  const sources = judged.sources.map((places, i): SourcePlaces => (isUsed[i] ? places : new Map()));
  const count = sources.length;
  const products = new Float64Array(count * count);
  const goals = new Float64Array(count);
  for (const row of rows) {
    const places = sources.map((one) => one.get(row));
    const goal = placeOf(learned, row);
    const weight = learned.importance[row];
    places.forEach((a, i) => {
      if (a === undefined) return;
      goals[i] += weight * dot(a, goal);
      places.forEach((b, j) => {
        if (b !== undefined) products[i * count + j] += weight * dot(a, b);
      });
    });
  }
  const shares = inHundredths(leastSquares(products, goals));
  return { shares, items: placedBy({ learned, rows, sources }, shares) };
}

/** Minimises `xᵀ P x − 2 gᵀ x` over x ≥ 0, one entry after the other (Lawson and Hanson's problem, by coordinate descent). */
function leastSquares(products: Float64Array, goals: Float64Array): Float64Array {
  const count = goals.length;
  const x = new Float64Array(count);
  for (let round = 0; round < ROUNDS; round++)
    for (let i = 0; i < count; i++) {
      const own = products[i * count + i];
      if (own === 0) continue;
      let rest = goals[i];
      for (let j = 0; j < count; j++) if (j !== i) rest -= products[i * count + j] * x[j];
      x[i] = Math.max(0, rest / own);
    }
  return x;
}

/** Shares that add up to about 1, so coarse that processors agree on them. */
function inHundredths(x: Float64Array): number[] {
  const sum = x.reduce((total, one) => total + one, 0);
  return Array.from(x, (one) => (sum > 0 ? Math.round((100 * one) / sum) / 100 : 0));
}

function placedBy({ learned, rows, sources }: Judged, shares: readonly number[]): JudgedItems {
  const { width, importance } = learned;
  const place = new Float32Array(width);
  const cosines = rows.map((row) => {
    place.fill(0);
    sources.forEach((places, i) => {
      const own = places.get(row);
      if (own !== undefined) for (let d = 0; d < width; d++) place[d] += shares[i] * own[d];
    });
    toUnitLength(place, 0, width);
    return dot(place, placeOf(learned, row));
  });
  return { cosines, importance: rows.map((row) => importance[row]) };
}

function placeOf({ vectors, width }: Learned, row: number): Float32Array {
  return vectors.subarray(row * width, (row + 1) * width);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}
