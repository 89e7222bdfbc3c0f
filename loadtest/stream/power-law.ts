import type { RandomSource } from './seeded-random.js';

/** Probability of a value falls as `value ^ −exponent`, from `min` to `max`. */
export interface PowerLaw {
  /** Above 1. */
  readonly exponent: number;
  readonly min: number;
  readonly max: number;
}

/** One whole number by the law. What would be above `max` is `max`. */
export function drawPowerLaw({ exponent, min, max }: PowerLaw, random: RandomSource): number {
  // 1 − random() is in (0, 1].
  return Math.min(max, Math.floor(min * (1 - random()) ** (-1 / (exponent - 1))));
}

/** The mean of what is drawn, ± 2 %. */
export function meanOf({ exponent, min, max }: PowerLaw): number {
  let mean = min;
  // The chance that a draw is at least `value`, summed over the values above `min`.
  for (let value = min + 1; value <= max; value++) mean += (value / min) ** (1 - exponent);
  return mean;
}

/** Draws indices 0 … n − 1 with chances in proportion to weights. */
export class WeightedDraw {
  readonly #sums: Float64Array;

  /** @param weights above 0, at least one. */
  constructor(weights: Iterable<number>) {
    let sum = 0;
    this.#sums = Float64Array.from(weights, (weight) => (sum += weight));
  }

  draw(random: RandomSource): number {
    const sought = random() * this.#sums[this.#sums.length - 1];
    let [low, high] = [0, this.#sums.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sums[middle] > sought) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
