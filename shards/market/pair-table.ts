import { mixed } from '../graph/interactions/daily-influence.js';
import { PAIR_WAYS } from './shared-market.js';

/** Numbers of a pair: 1 + the smaller index, 1 + the larger, how often. */
const WORDS = 3;

/** A pair of items, and in how many baskets both were. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly baskets: number;
}

/**
 * How often pairs of items were bought together, in a table of a fixed size in sets: a pair that finds its set full takes the place of
 * the rarest one there, so frequent pairs stay. One writer; a reader may see a pair a moment old.
 */
export class PairTable {
  readonly #words: Int32Array;
  readonly #mask: number;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#mask = this.#words.length / WORDS / PAIR_WAYS - 1;
  }

  add(one: number, other: number): void {
    const a = Math.min(one, other) + 1;
    const b = Math.max(one, other) + 1;
    const at = this.#placeOf(a, b);
    const words = this.#words;
    if (words[at] !== a || words[at + 1] !== b) {
      words[at + 2] = 0;
      words[at] = a;
      words[at + 1] = b;
    }
    words[at + 2]++;
  }

  /** All pairs that are known. */
  *pairs(): Generator<Pair> {
    const words = this.#words;
    for (let at = 0; at < words.length; at += WORDS)
      if (words[at + 2] > 0) yield { a: words[at] - 1, b: words[at + 1] - 1, baskets: words[at + 2] };
  }

  #placeOf(a: number, b: number): number {
    const words = this.#words;
    const first = (mixed(a, b) & this.#mask) * PAIR_WAYS * WORDS;
    let rarest = first;
    for (let at = first; at < first + PAIR_WAYS * WORDS; at += WORDS) {
      if (words[at] === a && words[at + 1] === b) return at;
      if (words[at + 2] < words[rarest + 2]) rarest = at;
    }
    return rarest;
  }
}
