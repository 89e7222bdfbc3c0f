import { TUNE } from '../interest-rows.js';
import { NODE, type InterestSlabs } from '../interest/interest-slabs.js';

/** Item columns that it reads: Int32 [items], −1 for none; borrowed. */
interface ItemCodes {
  readonly category: Int32Array;
  readonly brand: Int32Array;
}

/**
 * What `more` adds to an item's score, and `less` takes away. Scores are logits of the next click: 1.5 makes an item four to five times
 * as likely as it was beside the others.
 */
export const TUNE_STEP = 1.5;

/** How much of an item one user at a time wants, by what they said of interests. `use` another user without clearing. */
export class TunedItems {
  readonly #codes: ItemCodes;
  readonly #slabs: InterestSlabs;
  #start = 0;
  #end = 0;

  constructor(slabs: InterestSlabs, codes: ItemCodes) {
    this.#slabs = slabs;
    this.#codes = codes;
  }

  /** The user in `row`, until the next call or the next change of what they said. */
  use(row: number): void {
    const { rows } = this.#slabs;
    this.#start = rows.tunedStart[row];
    this.#end = this.#start + rows.tunedCount[row];
  }

  /** False for a user who said nothing. */
  get isAny(): boolean {
    return this.#end > this.#start;
  }

  /** `TUNE` of an item: what was said of itself, of its category, or of its brand, the first of these. */
  of(item: number): number {
    const own = this.#said(NODE.item, item);
    if (own !== TUNE.normal) return own;
    const ofCategory = this.#said(NODE.category, this.#codes.category[item]);
    return ofCategory === TUNE.normal ? this.#said(NODE.brand, this.#codes.brand[item]) : ofCategory;
  }

  /** What it changes of an item's score. */
  stepOf(item: number): number {
    const tune = this.of(item);
    return tune === TUNE.more ? TUNE_STEP : tune === TUNE.less ? -TUNE_STEP : 0;
  }

  /** Changes the first `count` scores, each of the item at its place. */
  applyTo(scores: Float32Array, items: Int32Array, count: number): void {
    if (!this.isAny) return;
    for (let i = 0; i < count; i++) scores[i] += this.stepOf(items[i]);
  }

  #said(kind: number, key: number): number {
    if (key < 0) return TUNE.normal;
    const { tunedKey, tunedKind, tunedValue } = this.#slabs.rows;
    for (let i = this.#start; i < this.#end; i++)
      if (tunedKey[i] === key && tunedKind[i] === kind) return tunedValue[i];
    return TUNE.normal;
  }
}
