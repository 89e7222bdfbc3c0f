import { HISTOGRAM } from '../../../metrics/table.js';
import type { ThreadStats } from '../../../metrics/thread-stats.js';

/** Clicks of one session that are timed at once; of more in flight, the oldest are not timed. A power of two. */
const RING = 32;

/**
 * When the clicks of one session came in, until their list and their ack are handed to the socket: a ring by `seq`, so
 * that a click costs two stores.
 */
export class ClickTimes {
  readonly #seqs = new Float64Array(RING);
  readonly #receivedUs = new Float64Array(RING);
  #listedSeq = 0;
  #ackedSeq = 0;
  readonly #stats: ThreadStats;

  constructor(stats: ThreadStats) {
    this.#stats = stats;
  }

  received(seq: number, nowUs: number): void {
    this.#seqs[seq & (RING - 1)] = seq;
    this.#receivedUs[seq & (RING - 1)] = nowUs;
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
    for (let seq = Math.max(after + 1, upTo - RING + 1); seq <= upTo; seq++) {
      const at = seq & (RING - 1);
      if (this.#seqs[at] === seq) this.#stats.observe(histogram, nowUs - this.#receivedUs[at]);
    }
  }
}
