import type { Dataset } from '../../train/data/dataset.js';
import type { Baseline } from './baseline.js';
import { ItemScores } from './item-scores.js';
import { Occurrences } from './occurrences.js';

/** Newest clicks of the last item that are looked at. */
const CLICKS_MAX = 20_000;

/** First-order Markov chain: what most often came directly after the last item. */
export class Markov implements Baseline {
  readonly name = 'Markov';
  readonly #dataset: Dataset;
  readonly #occurrences: Occurrences;
  readonly #scores: ItemScores;

  constructor(dataset: Dataset) {
    this.#dataset = dataset;
    this.#occurrences = new Occurrences(dataset, true);
    this.#scores = new ItemScores(dataset.itemIds.length);
  }

  learn(session: number): void {
    this.#occurrences.learn(session);
  }

  recommend(_first: number, click: number, out: Int32Array): number {
    const { item, start } = this.#dataset;
    const { newest, earlier, session } = this.#occurrences;
    this.#scores.begin();
    let at = newest[item[click]];
    for (let left = CLICKS_MAX; left > 0 && at >= 0; left--, at = earlier[at])
      if (at + 1 < start[session[at] + 1]) this.#scores.add(item[at + 1], 1);
    return this.#scores.top(out);
  }
}
