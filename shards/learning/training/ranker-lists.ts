import { FEATURE_COUNT } from '../../../model/features/feature-list.js';
import { SCORE_COLUMNS } from '../../../model/scorer/scorer.js';
import type { RankerLists } from '../../../model/train/ranker/fit-ranker.js';
import type { ScoredCandidates } from '../../ranking/scoring/candidate-scoring.js';

const COLUMNS = FEATURE_COUNT + SCORE_COLUMNS;

/** Lists that a ranker is fitted on, at most. */
export const RANKER_LISTS_MAX = 9_000;

/** Gathers scored candidate lists for the fit of a ranker; bounded: at most `listMax` lists, taken evenly from `questions`. */
export class RankerListBuilder {
  readonly #every: number;
  readonly #features: Float32Array[] = [];
  readonly #offsets: number[] = [0];
  readonly #target: number[] = [];
  #asked = 0;

  constructor(listMax: number, questions: number) {
    this.#every = Math.max(1, questions / listMax);
  }

  /** Takes the list in if it is its turn and holds the next click, item index `target`. */
  add(scored: ScoredCandidates, target: number): void {
    const isDue = Math.floor(this.#asked / this.#every) !== Math.floor((this.#asked - 1) / this.#every);
    this.#asked++;
    if (!isDue) return;
    const { count, items } = scored;
    const place = items.subarray(0, count).indexOf(target);
    if (place < 0) return;
    this.#features.push(rowsOf(scored));
    this.#offsets.push(this.#offsets[this.#offsets.length - 1] + count);
    this.#target.push(place);
  }

  /** The lists from number `from` to `to` (exclusive) of those taken. */
  lists(from = 0, to = this.#target.length): RankerLists {
    const features = new Float32Array((this.#offsets[to] - this.#offsets[from]) * COLUMNS);
    let at = 0;
    for (const rows of this.#features.slice(from, to)) {
      features.set(rows, at);
      at += rows.length;
    }
    return {
      featureCount: FEATURE_COUNT,
      features,
      offsets: Int32Array.from(this.#offsets.slice(from, to + 1), (offset) => offset - this.#offsets[from]),
      target: Int32Array.from(this.#target.slice(from, to)),
    };
  }

  get count(): number {
    return this.#target.length;
  }
}

/** Float32 [count, F + 3], row-major. */
function rowsOf({ columns, stride, count }: ScoredCandidates): Float32Array {
  const rows = new Float32Array(count * COLUMNS);
  for (let m = 0; m < count; m++)
    for (let column = 0; column < COLUMNS; column++)
      rows[m * COLUMNS + column] = columns[column * stride + m];
  return rows;
}
