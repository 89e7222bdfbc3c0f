import { SCORE_COLUMNS } from '../../scorer/scorer.js';
import type { RankerWeights } from './ranker-weights.js';

/** Candidate lists to fit a ranker on, flat: list l is rows `offsets[l]` to `offsets[l + 1]` (exclusive). */
export interface RankerLists {
  /** F: features per candidate, without the network's score and the two cosines. */
  readonly featureCount: number;
  /** Float32 [rows, F + 3], row-major: features, network score, cosine with the last click, best cosine of the other recents. */
  readonly features: Float32Array;
  /** Int32 [lists + 1]. */
  readonly offsets: Int32Array;
  /** Int32 [lists]: place of the next click in its list, −1 when it is not there (the list is skipped). */
  readonly target: Int32Array;
}

export interface RankerOptions {
  readonly epochs: number;
  /** With few lists more epochs are taken until there are this many steps. */
  readonly stepMin: number;
  readonly rate: number;
  /** Weight of the squared weights (standardised columns) in the loss. */
  readonly penalty: number;
  /** Lists per step. */
  readonly batch: number;
}

export const RANKER_DEFAULTS: RankerOptions = {
  epochs: 12,
  stepMin: 1000,
  rate: 0.03,
  penalty: 1e-4,
  batch: 32,
};

const BETA1 = 0.9;
const BETA2 = 0.999;

/** Mean and standard deviation of every column; a constant column gets deviation 1. */
function standardise(lists: RankerLists): Pick<RankerWeights, 'mean' | 'deviation'> {
  const columns = lists.featureCount + SCORE_COLUMNS;
  const rows = lists.features.length / columns;
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  lists.features.forEach((value, i) => (mean[i % columns] += value / rows));
  lists.features.forEach((value, i) => (deviation[i % columns] += (value - mean[i % columns]) ** 2 / rows));
  return { mean, deviation: deviation.map((variance) => (variance > 1e-12 ? Math.sqrt(variance) : 1)) };
}

/** A linear ranker while it is fitted: cross-entropy of each list's softmax, Adam with a rate that falls to zero. */
class RankerFit {
  readonly weight: Float64Array;
  readonly #lists: RankerLists;
  readonly #columns: number;
  readonly #mean: Float64Array;
  readonly #deviation: Float64Array;
  readonly #gradient: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #scores: Float64Array;
  #steps = 0;

  constructor(lists: RankerLists, mean: Float64Array, deviation: Float64Array) {
    this.#lists = lists;
    this.#mean = mean;
    this.#deviation = deviation;
    this.#columns = mean.length;
    this.weight = new Float64Array(this.#columns);
    this.weight[lists.featureCount] = 1;
    this.#gradient = new Float64Array(this.#columns);
    this.#first = new Float64Array(this.#columns);
    this.#second = new Float64Array(this.#columns);
    const longest = lists.target.reduce(
      (most, _, l) => Math.max(most, lists.offsets[l + 1] - lists.offsets[l]),
      0,
    );
    this.#scores = new Float64Array(longest);
  }

  /** Adds the gradient of one list; returns its cross-entropy in nats. */
  add(list: number, share: number): number {
    const { features, offsets, target } = this.#lists;
    const columns = this.#columns;
    const scores = this.#scores;
    const from = offsets[list];
    const count = offsets[list + 1] - from;
    let top = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) top = Math.max(top, (scores[i] = this.#score((from + i) * columns)));
    let total = 0;
    for (let i = 0; i < count; i++) total += scores[i] = Math.exp(scores[i] - top);
    for (let i = 0; i < count; i++) {
      const pull = share * (scores[i] / total - (i === target[list] ? 1 : 0));
      const at = (from + i) * columns;
      for (let c = 0; c < columns; c++) {
        this.#gradient[c] += (pull * (features[at + c] - this.#mean[c])) / this.#deviation[c];
      }
    }
    return -Math.log(scores[target[list]] / total);
  }

  /** Applies the gradient gathered since the last step. */
  step(rate: number, penalty: number): void {
    this.#steps += 1;
    const scale = Math.sqrt(1 - BETA2 ** this.#steps) / (1 - BETA1 ** this.#steps);
    for (let c = 0; c < this.#columns; c++) {
      const g = this.#gradient[c] + 2 * penalty * this.weight[c];
      this.#first[c] += (1 - BETA1) * (g - this.#first[c]);
      this.#second[c] += (1 - BETA2) * (g * g - this.#second[c]);
      this.weight[c] -= (rate * scale * this.#first[c]) / (Math.sqrt(this.#second[c]) + 1e-8);
    }
    this.#gradient.fill(0);
  }

  #score(at: number): number {
    let sum = 0;
    for (let c = 0; c < this.#columns; c++) {
      sum += (this.weight[c] * (this.#lists.features[at + c] - this.#mean[c])) / this.#deviation[c];
    }
    return sum;
  }
}

/**
 * Fits a linear ranker by listwise softmax over standardised columns. Lists without their target are left out; the order
 * of the rest is fixed, so the result depends on nothing but the input. Throws when no list has its target.
 */
export function fitRanker(lists: RankerLists, options: Partial<RankerOptions> = {}): RankerWeights {
  const { epochs, stepMin, rate, penalty, batch } = { ...RANKER_DEFAULTS, ...options };
  const usable = Int32Array.from(lists.target.keys()).filter((list) => lists.target[list] >= 0);
  if (usable.length === 0) throw new Error('no list to fit a ranker on: none holds its target');
  const { mean, deviation } = standardise(lists);
  const fit = new RankerFit(lists, mean, deviation);
  const perEpoch = Math.ceil(usable.length / batch);
  const steps = Math.max(stepMin, perEpoch * epochs);
  for (let step = 0; step < steps; step++) {
    const first = step % perEpoch;
    const share = 1 / Math.ceil((usable.length - first) / perEpoch);
    // Every perEpoch-th list: a batch is spread over the whole span of time.
    for (let i = first; i < usable.length; i += perEpoch) fit.add(usable[i], share);
    fit.step(rate * (1 - step / steps), penalty);
  }
  return { weight: fit.weight, mean, deviation };
}
