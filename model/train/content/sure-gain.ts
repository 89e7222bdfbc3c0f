/** Standard errors that a gain has to be above to be none of chance. */
const ERRORS_MIN = 2;

/** Cosines of items held out with their learned places, by one way of placing them, and how much each item counts. */
export interface JudgedItems {
  readonly cosines: ArrayLike<number>;
  readonly importance: ArrayLike<number>;
}

/** Mean cosine, weighted by importance; 0 of no items. */
export function meanCosine({ cosines, importance }: JudgedItems): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < cosines.length; i++) {
    sum += importance[i] * cosines[i];
    total += importance[i];
  }
  return sum / Math.max(total, 1e-12);
}

/** True when the same items stand nearer to their learned places than by `other`, and not by chance: by pairs, twice the standard error. */
export function isSurelyBetter(items: JudgedItems, other: JudgedItems): boolean {
  const { importance } = items;
  const gains = Float64Array.from(items.cosines, (cosine, i) => cosine - other.cosines[i]);
  const mean = meanCosine({ cosines: gains, importance });
  let square = 0;
  let total = 0;
  gains.forEach((gain, i) => {
    square += (importance[i] * (gain - mean)) ** 2;
    total += importance[i];
  });
  return mean > (ERRORS_MIN * Math.sqrt(square)) / Math.max(total, 1e-12);
}
