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
export const HELD_BYTES_MAX = 64 * 1024 * 1024;

/**
 * What comes over one link, in its order: a batch that may name items which this node does not have yet waits for them, and so does all that
 * comes behind it.
 */
export class HeldFrames<F extends LinkCall | LinkReply> {
  readonly #items: LinkedItems;
  readonly #take: (frame: F) => void;
  readonly #held: { readonly frame: F; readonly bytes: number }[] = [];
  #heldBytes = 0;
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

  /** @param bytes of the frame. Throws a `RangeError` when as much waits as may. */
  add(frame: F, bytes: number): void {
    this.#held.push({ frame, bytes });
    this.#heldBytes += bytes;
    this.#release();
    if (this.#held.length > HELD_MAX || this.#heldBytes > HELD_BYTES_MAX)
      throw new RangeError('too many frames wait for items of the catalogue; more are not held');
  }

  /** Nothing is taken any more. */
  end(): void {
    this.#end();
    this.#held.length = 0;
    this.#heldBytes = 0;
  }

  #release(): void {
    for (let first = this.#held.at(0); first !== undefined; first = this.#held.at(0)) {
      const { frame, bytes } = first;
      if ('items' in frame && frame.items > this.#items.count()) return;
      this.#held.shift();
      this.#heldBytes -= bytes;
      this.#take(frame);
    }
  }
}
