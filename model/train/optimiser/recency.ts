import type { Piece } from '../network/packing.js';

/** How much each click counts in the loss: `2^(−age / halfLife)`, its age as a share of the clicks trained on, 0 for the newest. */
export class Recency {
  readonly #last: number;
  readonly #halfLifeClicks: number;

  /** `pieces`: what is trained on; `halfLife`: a share of its clicks. */
  constructor(pieces: readonly Piece[], halfLife: number) {
    let first = Number.MAX_SAFE_INTEGER;
    let end = 0;
    for (const { from, to } of pieces) {
      first = Math.min(first, from);
      end = Math.max(end, to);
    }
    this.#last = end - 1;
    this.#halfLifeClicks = Math.max(1, (end - first) * halfLife);
  }

  /** Weight of a click, 0..1, by its number in the dataset. */
  weight(click: number): number {
    return 2 ** ((click - this.#last) / this.#halfLifeClicks);
  }
}
