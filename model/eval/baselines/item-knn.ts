import type { Dataset } from '../../train/data/dataset.js';
import type { Baseline } from './baseline.js';
import { ItemScores } from './item-scores.js';
import { Occurrences } from './occurrences.js';

/** Newest sessions of the last item that are looked at; without a bound a best-seller's question would take seconds. */
const SESSIONS_MAX = 5_000;

/**
 * Item-kNN of the last item: the items whose sessions are most like its own by cosine, `|S_i ∩ S_j| / √(|S_i| |S_j|)` with S
 * the sessions that hold an item. The item itself is not recommended.
 */
export class ItemKnn implements Baseline {
  readonly name = 'item-kNN';
  readonly #dataset: Dataset;
  readonly #occurrences: Occurrences;
  readonly #scores: ItemScores;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
    this.#occurrences = new Occurrences(dataset, false);
    this.#scores = new ItemScores(dataset.itemIds.length);
  }

  learn(session: number): void {
    this.#occurrences.learn(session);
  }

  recommend(_first: number, click: number, out: Int32Array): number {
    const { item, start } = this.#dataset;
    const { newest, earlier, session, counts } = this.#occurrences;
    const last = item[click];
    this.#scores.begin();
    let at = newest[last];
    for (let left = SESSIONS_MAX; left > 0 && at >= 0; left--, at = earlier[at]) {
      const end = start[session[at] + 1];
      for (let c = start[session[at]]; c < end; c++) if (session[c] >= 0) this.#scores.add(item[c], 1);
    }
    this.#scores.divideByRoot(counts, counts[last]);
    this.#scores.exclude(last);
    return this.#scores.top(out);
  }
}
