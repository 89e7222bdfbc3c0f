import type { Dataset } from '../data/dataset.js';
import { SLOW_KEEP, SLOW_HALF_LIFE_MS } from '../../scorer/interest-rules.js';

/** Sessions looked back: what is older weighs under one and a half percent. */
const SESSION_MAX = 12;

/**
 * The slow interest l of a user at the start of each of their sessions, as the serving graph keeps it: when a session opens,
 * `l ← β l + (1 − β) v`, v the direction of the sum of the unit item vectors of the session before it, and
 * `β = 0.7 · 2^(−pause / 60 days)`; the first finished session is l itself. Zero in a user's first session.
 */
export class SlowInterests {
  readonly #dataset: Dataset;
  /** Int32 [sessions]: the user's session before, −1 when none. */
  readonly #previous: Int32Array;
  #direction = new Float32Array(0);

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
    this.#previous = new Int32Array(dataset.user.length).fill(-1);
    const last = new Map<number, number>();
    dataset.user.forEach((user, session) => {
      if (user < 0) return;
      this.#previous[session] = last.get(user) ?? -1;
      last.set(user, session);
    });
  }

  /** Writes l of `session` to `out` [D]; `vectors` [items, D] need not be of unit length. */
  write(session: number, vectors: Float32Array, out: Float32Array): void {
    if (this.#direction.length !== out.length) this.#direction = new Float32Array(out.length);
    out.fill(0);
    let weight = 1;
    let current = session;
    for (let back = 0; back < SESSION_MAX && weight > 0; back++) {
      const before = this.#previous[current];
      if (before < 0) return;
      const isOldest = this.#previous[before] < 0 || back === SESSION_MAX - 1;
      const keep = isOldest ? 0 : SLOW_KEEP * this.#pauseFactor(before, current);
      this.#sumSession(before, vectors);
      addUnit(out, this.#direction, 0, weight * (1 - keep));
      weight *= keep;
      current = before;
    }
  }

  #pauseFactor(before: number, current: number): number {
    const { timeMs, start } = this.#dataset;
    if (!timeMs) return 1;
    const pauseMs = timeMs[start[current]] - timeMs[start[before + 1] - 1];
    return 2 ** (-Math.max(0, pauseMs) / SLOW_HALF_LIFE_MS);
  }

  #sumSession(session: number, vectors: Float32Array): void {
    const { start, item } = this.#dataset;
    this.#direction.fill(0);
    for (let click = start[session]; click < start[session + 1]; click++) {
      addUnit(this.#direction, vectors, item[click] * this.#direction.length, 1);
    }
  }
}

/** Adds `weight` times the unit vector of the row at `at`; a zero row adds nothing. */
function addUnit(out: Float32Array, rows: Float32Array, at: number, weight: number): void {
  let square = 0;
  for (let d = 0; d < out.length; d++) square += rows[at + d] * rows[at + d];
  if (square === 0) return;
  const factor = weight / Math.sqrt(square);
  for (let d = 0; d < out.length; d++) out[d] += factor * rows[at + d];
}
