import type { Explainer } from './explainer.js';

/**
 * The one operation of the click path that a model does: given who clicked what, new node states, the interest vector and
 * a score for every candidate. Implementations: `onnx-scorer.ts` (a trained bundle) and the neighbour mode, which needs no
 * model. A scorer belongs to one thread.
 *
 * A batch holds B users and M candidates in all, in tiles of `TILE` rows: `tileOwner[t]` says whose candidates the rows of
 * tile t are. A user has as many tiles as his candidates need; rows of his last tile that he does not need are padding.
 * So a small product per tile scores candidates against their own user alone. Buffers belong to the `ScoreBatch`, which the shard fills, hands to `run`, reads, and
 * fills again; nothing is allocated per click.
 */
export interface ScorerShape {
  /** Width D of item vectors, node states and interests. */
  readonly width: number;
  /** Rows N of the neighbourhood that one step sees; row 0 is the clicked node. */
  readonly neighbours: number;
  /** Features F per candidate, in the order of `model/features`. */
  readonly features: number;
  /** Clicked items, newest first, whose cosine with a candidate the graph computes itself. */
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

/** Columns of the ranker after the features: the network's score, the cosine with the last click, the best of the other recents. */
export const SCORE_COLUMNS = 3;

/** Candidate rows of one tile. */
export const TILE = 32;

/** Rows that `count` candidates take up: whole tiles. */
export function tiledRows(count: number): number {
  return Math.ceil(count / TILE) * TILE;
}

/** Borrowed scratch of one run: row-major, sized for the maxima, valid up to `users` and `candidates`. */
export interface ScoreBatch {
  readonly userMax: number;
  readonly candidateMax: number;
  users: number;
  /** Candidate rows M in use, padding included: a multiple of `TILE`. */
  candidates: number;
  /** Float32 [userMax, N, D]: unit-length vectors of the neighbourhood's rows; padding rows are zero. */
  readonly nodes: Float32Array;
  /** Float32 [userMax, N, D]: states h_j; row 0 (computed by the step) and rows without a state hold the node's vector. */
  readonly states: Float32Array;
  /** Int32 [userMax, N]: `RELATION` of the row to the click. */
  readonly relation: Int32Array;
  /** Int32 [userMax, N]: `gapBucket` of the row. */
  readonly gap: Int32Array;
  /** Int32 [userMax, N]: event kind last seen on the row. */
  readonly kind: Int32Array;
  /** Int32 [userMax, N]: distance from the click in distinct items (row 0: 0, the item before: 1, …); N − 1 at most. */
  readonly age: Int32Array;
  /** Float32 [userMax, D]: the slow interest vector l; zeros when the user has none. */
  readonly slow: Float32Array;
  /** Float32 [userMax, D]: the interest computed by the last step; used where `fresh` is 0. */
  readonly stored: Float32Array;
  /** Float32 [userMax, 1]: 1 runs a step for the row, 0 scores with `stored`. */
  readonly fresh: Float32Array;
  /** Float32 [userMax, R, D]: vectors of the last R clicked items, newest first; zeros where there are fewer. */
  readonly recent: Float32Array;
  /** Int32 [candidateMax / TILE]: row of the user whom the tile's candidates are for. */
  readonly tileOwner: Int32Array;
  /** Float32 [candidateMax, D]: unit-length item vectors; zeros for an item without one. Padding rows may hold anything finite. */
  readonly vectors: Float32Array;
  /** Float32 [candidateMax, F]: raw features, see `model/features`. Standardisation is inside the model. */
  readonly features: Float32Array;

  /** Outputs, valid after `run`. Float32 [userMax, D] new state h of the clicked node. */
  readonly state: Float32Array;
  /** Float32 [userMax, D] unit-length interest u (equal to `stored` where `fresh` is 0). */
  readonly interest: Float32Array;
  /** Float32 [userMax, N] attention of the readout over the rows; sums to 1 where `fresh` is 1. */
  readonly attention: Float32Array;
  /** Float32 [candidateMax] the network's own score, 12 u·e; 0 when u is zero. */
  readonly networkScore: Float32Array;
  /** Float32 [candidateMax, 2] cosine with the last click, and the greatest with the other recents. */
  readonly cosine: Float32Array;
  /** Float32 [candidateMax] the final score, comparable within one user only. */
  readonly score: Float32Array;
}

export interface Scorer {
  /** `name@version` as clients see it in `model`. */
  readonly name: string;
  readonly shape: ScorerShape;
  /** True when it ranks by neighbour sessions, which are then looked for on every click. */
  readonly wantsNeighbours: boolean;
  /** Scores `batch.users` users; resolves when the outputs are filled. One run at a time. */
  run(batch: ScoreBatch): Promise<void>;
  /** Takes the scores apart; absent for a bundle without `explain.onnx`. Closed with the scorer. */
  readonly explainer?: Explainer;
  close(): Promise<void>;
}
