import { FEATURE_COUNT } from '../../model/features/index.js';
import { SCORE_COLUMNS, type ScoreBatch } from '../../model/scorer.js';
import type { RankerLists } from '../../model/train/fit-ranker.js';
import type { BatchRow } from '../step-batch.js';

const COLUMNS = FEATURE_COUNT + SCORE_COLUMNS;

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
  add(row: BatchRow, batch: ScoreBatch, target: number): void {
    const isDue = Math.floor(this.#asked / this.#every) !== Math.floor((this.#asked - 1) / this.#every);
    this.#asked++;
    if (!isDue) return;
    const { first, count, items } = row.candidates;
    const place = items.subarray(first, first + count).indexOf(target);
    if (place < 0) return;
    this.#features.push(rowsOf(batch, first, count));
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

function rowsOf(batch: ScoreBatch, first: number, count: number): Float32Array {
  const rows = new Float32Array(count * COLUMNS);
  for (let i = 0; i < count; i++) {
    const from = (first + i) * FEATURE_COUNT;
    const to = i * COLUMNS;
    rows.set(batch.features.subarray(from, from + FEATURE_COUNT), to);
    rows[to + FEATURE_COUNT] = batch.networkScore[first + i];
    rows[to + FEATURE_COUNT + 1] = batch.cosine[2 * (first + i)];
    rows[to + FEATURE_COUNT + 2] = batch.cosine[2 * (first + i) + 1];
  }
  return rows;
}
