import { precisionAt } from './precision.js';
import { recallAt } from './recall.js';

/** F1@k: harmonic mean of precision@k and recall@k of one list; 0 when both are. */
export function f1At(list: ArrayLike<number>, relevant: ReadonlySet<number>, k: number): number {
  const precision = precisionAt(list, relevant, k);
  const recall = recallAt(list, relevant, k);
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}
