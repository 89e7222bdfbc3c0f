import type { Explainer } from './explainer.js';
import type { StepRows } from './step-rows.js';
import type { ScorerShape } from './step-shape.js';

/** Factor of the network's score `12 u·e`: one over the softmax temperature. */
export const SCORE_SCALE = 12;

/** Columns of the ranker after the features: the network's score, the cosine with the last click, the best of the other recents. */
export const SCORE_COLUMNS = 3;

/** How a candidate's score comes from its columns: `bias + Σ weight · column`. */
export interface LinearRanker {
  /** Float32 [F + 3]: the features in the order of `model/features`, the network's score, the two cosines. */
  readonly weight: Float32Array;
  /** Float32 [F + 3]: mean of each column over the lists that the ranker was fitted on; zeros when it was not fitted. */
  readonly mean: Float32Array;
  readonly bias: number;
}

/**
 * What a model brings to the click path: a step, which gives a click's node its new state and the user their interest, and the
 * weights of the ranker that candidates are scored by. Implementations: `onnx-scorer.ts` (a trained bundle) and the neighbour
 * mode, which needs no model. A scorer belongs to one thread.
 */
export interface Scorer {
  /** `name@version` as clients see it in `model`. */
  readonly name: string;
  readonly shape: ScorerShape;
  /** True when it ranks by neighbour sessions, which are then looked for on every click. */
  readonly wantsNeighbours: boolean;
  readonly ranker: LinearRanker;
  /** Steps the `users` of `rows`: fills their results before it returns. */
  step(rows: StepRows): void;
  /** Takes the network's scores apart; absent where there is no network. Closed with the scorer. */
  readonly explainer?: Explainer;
  close(): void;
}
