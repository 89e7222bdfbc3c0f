import type { LinkCall, LinkReply } from './frame.js';

/** The items that this node has: their indices are those of all nodes. */
export interface LinkedItems {
  /** Indices given out. */
  readonly count: () => number;
  /** Calls back whenever there may be more, until the function that it returns is called. */
  readonly onMore: (listener: () => void) => () => void;
}

/** More is held for nobody: a node whose catalogue stands still is of no use to others. */
const HELD_MAX = 10_000;

/**
 * What comes over one link, in its order: a batch that may name items which this node does not have yet waits for them, and so does all that
 * comes behind it.
 */
export class HeldFrames<F extends LinkCall | LinkReply> {
  readonly #items: LinkedItems;
  readonly #take: (frame: F) => void;
  readonly #held: F[] = [];
  readonly #end: () => void;

  /** @param fail hears of what `take` threw for a frame that had waited */
  constructor(items: LinkedItems, take: (frame: F) => void, fail: (error: Error) => void) {
    this.#items = items;
    this.#take = take;
    this.#end = items.onMore(() => {
      try {
        this.#release();
      } catch (error) {
        fail(error as Error);
      }
    });
  }

  /** Throws a `RangeError` when as many wait as may. */
  add(frame: F): void {
    this.#held.push(frame);
    this.#release();
    if (this.#held.length > HELD_MAX)
      throw new RangeError(`${HELD_MAX} frames wait for items of the catalogue; more are not held`);
  }

  /** Nothing is taken any more. */
  end(): void {
    this.#end();
    this.#held.length = 0;
  }

  #release(): void {
    for (let first = this.#held.at(0); first !== undefined; first = this.#held.at(0)) {
      if ('items' in first && first.items > this.#items.count()) return;
      this.#held.shift();
      this.#take(first);
    }
  }
}
