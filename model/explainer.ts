import type { ScorerShape } from './scorer.js';

/** How a candidate's score comes from its columns: `bias + Σ weight · column`. */
export interface LinearRanker {
  /** Float32 [F + 3]: the features in the order of `model/features`, the network's score, the two cosines. */
  readonly weight: Float32Array;
  /** Float32 [F + 3]: mean of each column over the lists that the ranker was fitted on; zeros when it was not fitted. */
  readonly mean: Float32Array;
  readonly bias: number;
}

/**
 * What the interests of some users are made of. Borrowed scratch of one run: row-major, valid up to `users`. The fields
 * from `nodes` to `slow` are those of `ScoreBatch`.
 */
export interface InterestBatch {
  readonly userMax: number;
  users: number;
  readonly nodes: Float32Array;
  readonly states: Float32Array;
  readonly relation: Int32Array;
  readonly gap: Int32Array;
  readonly kind: Int32Array;
  readonly age: Int32Array;
  readonly slow: Float32Array;
  /** Float32 [userMax, D]: the state h that the click got. */
  readonly state: Float32Array;
  /**
   * Float32 [userMax, N, N]: `spread[c, j]` is what row c's vector contains of row j's. The identity, but for rows that are
   * a mean of others: these hand their attention on.
   */
  readonly spread: Float32Array;
  /**
   * Output. Float32 [userMax, N + 2, D]: vectors whose dots with a candidate's vector add up to its network score: one for
   * each row of the neighbourhood, one for the clicked node's own state, one for the slow interest.
   */
  readonly parts: Float32Array;
}

/** Tells what scores are made of. Made and closed together with the scorer it belongs to, on its thread. */
export interface Explainer {
  readonly ranker: LinearRanker;
  /** Splits the interests of `batch.users` users; resolves when `parts` is filled. One run at a time. */
  run(batch: InterestBatch): Promise<void>;
  close(): Promise<void>;
}

/** Makes the buffers of a batch for at most `userMax` users. The caller owns them. */
export function createInterestBatch(
  { width, neighbours }: Pick<ScorerShape, 'width' | 'neighbours'>,
  userMax: number,
): InterestBatch {
  const rows = userMax * neighbours;
  return {
    userMax,
    users: 0,
    nodes: new Float32Array(rows * width),
    states: new Float32Array(rows * width),
    relation: new Int32Array(rows),
    gap: new Int32Array(rows),
    kind: new Int32Array(rows),
    age: new Int32Array(rows),
    slow: new Float32Array(userMax * width),
    state: new Float32Array(userMax * width),
    spread: new Float32Array(rows * neighbours),
    parts: new Float32Array(userMax * (neighbours + 2) * width),
  };
}
