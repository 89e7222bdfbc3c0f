import { StepRows } from './step-rows.js';
import type { ScorerShape } from './step-shape.js';

/** What the interests of some users are made of. Borrowed scratch of one run: row-major, valid up to `rows.users`. */
export interface InterestBatch {
  /** What the step saw of each user, and the state and interest that it gave them. */
  readonly rows: StepRows;
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

/** Tells what network scores are made of. Made and closed together with the scorer it belongs to, on its thread. */
export interface Explainer {
  /** Splits the interests of the users of `batch.rows` into `parts`. */
  run(batch: InterestBatch): void;
  close(): void;
}

/** Makes the buffers of a batch for at most `userMax` users. The caller owns them. */
export function createInterestBatch(
  shape: Pick<ScorerShape, 'width' | 'neighbours'>,
  userMax: number,
): InterestBatch {
  const { width, neighbours } = shape;
  return {
    rows: new StepRows(shape, userMax),
    spread: new Float32Array(userMax * neighbours * neighbours),
    parts: new Float32Array(userMax * (neighbours + 2) * width),
  };
}
