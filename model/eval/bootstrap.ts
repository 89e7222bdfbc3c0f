import { Random } from '../train/random-numbers.js';

/** Sums of what is measured, by block of sessions; all of one evaluation have the same blocks. */
export interface BlockSums {
  /** Float64 [blocks]: questions. */
  readonly questions: Float64Array;
  /** Float64 [blocks] of each series: sum of its values over the block's questions. */
  readonly series: readonly Float64Array[];
}

export const RESAMPLES = 1_000;

/**
 * Bootstrap over blocks (Efron and Tibshirani 1993): draws as many blocks as there are, with replacement, `resamples` times.
 * Returns for each series Float64 [resamples], its mean over the questions of each draw. All series see the same draws, so
 * differences between them are paired. The same seed gives the same draws.
 */
export function bootstrapMeans(
  { questions, series }: BlockSums,
  seed: number,
  resamples = RESAMPLES,
): Float64Array[] {
  const random = new Random(seed);
  const blocks = questions.length;
  const drawn = new Float64Array(blocks);
  const means = series.map(() => new Float64Array(resamples));
  for (let r = 0; r < resamples; r++) {
    drawn.fill(0);
    for (let i = 0; i < blocks; i++) drawn[random.below(blocks)]++;
    const asked = dot(drawn, questions);
    series.forEach((sums, s) => (means[s][r] = dot(drawn, sums) / asked));
  }
  return means;
}

/** The middle 95 % of some values: the 2.5th and 97.5th percentile. */
export function middle95(values: Float64Array): readonly [low: number, high: number] {
  const ascending = values.toSorted();
  const at = (share: number) => ascending[Math.round(share * (ascending.length - 1))];
  return [at(0.025), at(0.975)];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
