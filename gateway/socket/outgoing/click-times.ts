import { HISTOGRAM } from '../../../metrics/table.js';
import type { ThreadStats } from '../../../metrics/thread-stats.js';

/** Clicks of one session that are timed at once; of more in flight, the oldest are not timed. A power of two. */
const RING = 32;
const NO_CLICKS = new Float64Array(0);

/**
 * When the clicks of one session came in, until their list and their ack are handed to the socket: a ring by `seq`, so
 * that a click costs two stores. A connection that has sent no click has no ring.
 */
export class ClickTimes {
  /** Float64 [RING, 2]: `seq` and when it came in; empty before the first click. */
  #ring = NO_CLICKS;
  #listedSeq = 0;
  #ackedSeq = 0;
  readonly #stats: ThreadStats;

  constructor(stats: ThreadStats) {
    this.#stats = stats;
  }

  received(seq: number, nowUs: number): void {
    if (this.#ring === NO_CLICKS) this.#ring = new Float64Array(2 * RING);
    const at = 2 * (seq & (RING - 1));
    this.#ring[at] = seq;
    this.#ring[at + 1] = nowUs;
  }

  /** A list that knows all events up to `seq` was sent. */
  listed(seq: number, nowUs: number): void {
    this.#observe(HISTOGRAM.clickToList, this.#listedSeq, seq, nowUs);
    this.#listedSeq = Math.max(this.#listedSeq, seq);
  }

  acked(seq: number, nowUs: number): void {
    this.#observe(HISTOGRAM.clickToAck, this.#ackedSeq, seq, nowUs);
    this.#ackedSeq = Math.max(this.#ackedSeq, seq);
  }

  #observe(histogram: number, after: number, upTo: number, nowUs: number): void {
    if (this.#ring === NO_CLICKS) return;
    for (let seq = Math.max(after + 1, upTo - RING + 1); seq <= upTo; seq++) {
      const at = 2 * (seq & (RING - 1));
      if (this.#ring[at] === seq) this.#stats.observe(histogram, nowUs - this.#ring[at + 1]);
    }
  }
}
