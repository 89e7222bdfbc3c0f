import type { InterestSlabs } from '../../graph/interest/interest-slabs.js';

/** The last clicks of one user after the other, as they lie in the slabs: `items[start]` to `items[end - 1]`, oldest first. */
export class LastClicks {
  /** Item indices; borrowed. */
  items: Int32Array = new Int32Array(0);
  start = 0;
  end = 0;
  /** Id of the user's session in the interaction graph; 0: none. */
  session = 0;

  /** Turns to the user in `row`. */
  use(slabs: InterestSlabs, row: number): void {
    this.items = slabs.clickItem;
    this.start = row * slabs.bounds.clicks;
    this.end = this.start + slabs.clickCount[row];
    this.session = slabs.sessionId[row];
  }

  /** Number of the first of the last `count` clicks. */
  first(count: number): number {
    return Math.max(this.start, this.end - count);
  }
}
