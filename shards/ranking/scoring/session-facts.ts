import { NODE, type InterestSlabs } from '../../graph/interest/interest-slabs.js';
import { isClickedInSession } from '../../graph/interest/session-clicks.js';

/**
 * What the ranker is told of a user's running session: which items were clicked in it, how often and how long ago, and how it
 * spreads over categories. Used for one user after the other.
 */
export class SessionFacts {
  /** Item of the last click, −1 for none. */
  last = -1;
  /** Distinct items clicked. */
  items = 0;
  /** Int32 [items]: these, the one clicked last first; borrowed until the next user. */
  readonly item: Int32Array;
  /** Uint8 [items]: clicks since the last one on it, 0 for the last click itself; and clicks on it. */
  readonly distance: Uint8Array;
  readonly clicks: Uint8Array;
  readonly #slabs: InterestSlabs;
  readonly #category: Int32Array;
  /** Categories of the session and items in each; [nodes]. */
  readonly #codes: Int32Array;
  readonly #codeItems: Int32Array;
  #codeCount = 0;
  /** Items that are spread over them. */
  #spread = 0;

  /** `category` by item index, −1 for none. */
  constructor(slabs: InterestSlabs, category: Int32Array) {
    const { clicks, nodes } = slabs.bounds;
    this.#slabs = slabs;
    this.#category = category;
    this.item = new Int32Array(clicks);
    this.distance = new Uint8Array(clicks);
    this.clicks = new Uint8Array(clicks);
    this.#codes = new Int32Array(nodes);
    this.#codeItems = new Int32Array(nodes);
  }

  /** Turns to the user in `row`. */
  use(row: number): void {
    const { clickItem, clickCount, bounds } = this.#slabs;
    const start = row * bounds.clicks;
    const end = start + clickCount[row];
    this.last = end > start ? clickItem[end - 1] : -1;
    this.items = 0;
    for (let i = end - 1; i >= start; i--) this.#countClick(clickItem[i], end - 1 - i);
    this.#indexCategories(row);
  }

  /**
   * Writes the categories of the session, each once, and the share of its items that are in each, 0..1; returns how many. Items without
   * a category count in what the others have a share of.
   */
  writeShares(codes: Int32Array, shares: Float32Array): number {
    let count = 0;
    for (let i = 0; i < this.#codeCount; i++) {
      if (this.#codes[i] < 0) continue;
      codes[count] = this.#codes[i];
      shares[count++] = this.#codeItems[i] / this.#spread;
    }
    return count;
  }

  #countClick(item: number, distance: number): void {
    let at = 0;
    while (at < this.items && this.item[at] !== item) at++;
    if (at === this.items) {
      this.item[at] = item;
      this.distance[at] = distance;
      this.clicks[at] = 0;
      this.items++;
    }
    this.clicks[at]++;
  }

  /** Counts the items of the session by category. */
  #indexCategories(row: number): void {
    const slabs = this.#slabs;
    const start = slabs.nodeStart[row];
    this.#codeCount = 0;
    this.#spread = 0;
    for (let i = start; i < start + slabs.nodeCount[row]; i++) {
      const isCurrent = slabs.nodeKind[i] === NODE.item && isClickedInSession(slabs, row, i);
      if (isCurrent) this.#countCategory(this.#category[slabs.nodeKey[i]]);
    }
  }

  #countCategory(code: number): void {
    let at = 0;
    while (at < this.#codeCount && this.#codes[at] !== code) at++;
    if (at === this.#codeCount) {
      this.#codes[at] = code;
      this.#codeItems[at] = 0;
      this.#codeCount++;
    }
    this.#codeItems[at]++;
    this.#spread++;
  }
}
