import type { Dataset } from './dataset.js';

/** Decay of the slow interest per click: half of it is from the last 34 clicks. */
export const SLOW_DECAY = 0.98;
/** Clicks further back weigh under half a percent of the newest. */
const CLICK_MAX = 256;

/**
 * The slow interest l of a user before each of his sessions: the exponential average `l ← β l + (1 − β) x` over the unit
 * item vectors of the clicks of his earlier sessions, zero for a first session.
 */
export class SlowInterests {
  private readonly dataset: Dataset;
  /** Int32 [sessions]: the user's session before, −1 when none. */
  private readonly previous: Int32Array;
  private readonly decay: number;

  constructor(dataset: Dataset, decay = SLOW_DECAY) {
    this.dataset = dataset;
    this.decay = decay;
    this.previous = new Int32Array(dataset.user.length).fill(-1);
    const last = new Map<number, number>();
    dataset.user.forEach((user, session) => {
      if (user < 0) return;
      this.previous[session] = last.get(user) ?? -1;
      last.set(user, session);
    });
  }

  /** Writes l before `session` to `out` [D]; `vectors` [items, D] need not be of unit length. */
  write(session: number, vectors: Float32Array, out: Float32Array): void {
    const { start, item } = this.dataset;
    out.fill(0);
    let weight = 1 - this.decay;
    let left = CLICK_MAX;
    for (let s = this.previous[session]; s >= 0 && left > 0; s = this.previous[s]) {
      for (let click = start[s + 1] - 1; click >= start[s] && left > 0; click--, left--) {
        addUnit(out, vectors, item[click] * out.length, weight);
        weight *= this.decay;
      }
    }
  }
}

function addUnit(out: Float32Array, vectors: Float32Array, at: number, weight: number): void {
  let square = 0;
  for (let d = 0; d < out.length; d++) square += vectors[at + d] * vectors[at + d];
  if (square === 0) return;
  const factor = weight / Math.sqrt(square);
  for (let d = 0; d < out.length; d++) out[d] += factor * vectors[at + d];
}
