import type { Explainer } from './explainer.js';
import type { StepRows } from './step-rows.js';

/** Sizes that a model was made for. */
export interface ScorerShape {
  /** Width D of item vectors, node states and interests. */
  readonly width: number;
  /** Rows N of the neighbourhood that one step sees; row 0 is the clicked node. */
  readonly neighbours: number;
  /** Features F per candidate, in the order of `model/features`. */
  readonly features: number;
  /** Clicked items R, newest first, whose cosines with a candidate the ranker is told. */
  readonly recents: number;
}

/** How row j of a neighbourhood stands to the clicked node. 0 is padding: it gets no attention. */
export const RELATION = {
  none: 0,
  self: 1,
  /** The state the clicked item had from an earlier click. */
  earlier: 2,
  /** The item clicked immediately before. */
  predecessor: 3,
  /** An item that followed an earlier click of the clicked item. */
  successor: 4,
  /** Any other item of the user's graph. */
  other: 5,
  /** The user's node of the clicked item's category, of its brand, and of the latest search term. */
  category: 6,
  brand: 7,
  term: 8,
} as const;
export const RELATION_COUNT = 9;

/** Upper edges in ms of the time-gap buckets between a neighbour's last touch and the click; the last bucket is open; bucket 0: unknown. */
export const GAP_EDGES_MS = [0, 10_000, 60_000, 600_000, 3_600_000, 86_400_000, 7 * 86_400_000] as const;
export const GAP_COUNT = GAP_EDGES_MS.length + 1;

/** Bucket of a gap in ms: 0 when unknown (negative), else 1 + the number of edges (from the second on) that it passes. */
export function gapBucket(gapMs: number): number {
  if (gapMs < 0) return 0;
  let bucket = 1;
  while (bucket < GAP_EDGES_MS.length && gapMs > GAP_EDGES_MS[bucket]) bucket++;
  return bucket;
}

/** Event kinds as attention sees them: 0 unknown, 1 + the position in the contract's list of event names. */
export const EVENT_KIND_COUNT = 15;

/** What of a row attention looks up in the tables, in the order of `StepRows.codes`. */
export const CODES = ['relation', 'gap', 'kind', 'age'] as const;

/** Row of the tables, laid end to end, at which those of each code begin; the ages, one for each row of a neighbourhood, come last. */
export const CODE_START = {
  relation: 0,
  gap: RELATION_COUNT,
  kind: RELATION_COUNT + GAP_COUNT,
  age: RELATION_COUNT + GAP_COUNT + EVENT_KIND_COUNT,
} as const;

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
 * What a model brings to the click path: a step, which gives a click's node its new state and the user his interest, and the
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
