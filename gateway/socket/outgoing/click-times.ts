import { HISTOGRAM } from '../../../metrics/table.js';
import type { ThreadStats } from '../../../metrics/thread-stats.js';
import type { RoundTimes } from '../../../shards/api.js';
import type { SlowLog } from '../../tracing/slow-log.js';
import { stagesOf } from '../../tracing/stages.js';
import type { Tracer } from '../../tracing/tracer.js';
import type { ClickTrace } from './click-trace.js';

/** Clicks of one session that are timed at once; of more in flight, the oldest are not timed. A power of two. */
const RING = 32;
const NO_CLICKS = new Float64Array(0);

/** Who is told of clicks that were slow or are traced. */
export interface ClickListeners {
  readonly slow: SlowLog;
  readonly tracer: Tracer;
}

/**
 * When the clicks of one session came in, until their list and their ack are handed to the socket: a ring by `seq`, so
 * that a click costs two stores. A traced click has its trace beside it, which is recorded when both have left, when its place is
 * taken, or at the end.
 */
export class ClickTimes {
  /** Float64 [RING]; both are empty before the first click, for most connections send none. */
  #seqs = NO_CLICKS;
  #receivedUs = NO_CLICKS;
  /** By place; made when the first click is traced. */
  #traces: (ClickTrace | undefined)[] | undefined;
  #session = 0;
  #listedSeq = 0;
  #ackedSeq = 0;
  /** Of the list that is sent: its round, and when it began to be written. */
  #round: RoundTimes | undefined;
  #writeUs = 0;
  /** Of the last commit. */
  #commitFromUs = 0;
  #commitToUs = 0;
  readonly #stats: ThreadStats;
  readonly #listeners: ClickListeners;

  constructor(stats: ThreadStats, listeners: ClickListeners) {
    this.#stats = stats;
    this.#listeners = listeners;
  }

  /** @param session its number, for the log. */
  received(session: number, seq: number, nowUs: number, click?: ClickTrace): void {
    const at = seq & (RING - 1);
    if (this.#traces !== undefined) this.#end(at);
    this.#session = session;
    if (this.#seqs === NO_CLICKS) {
      this.#seqs = new Float64Array(RING);
      this.#receivedUs = new Float64Array(RING);
    }
    this.#seqs[at] = seq;
    this.#receivedUs[at] = nowUs;
    if (click === undefined) return;
    this.#traces ??= [];
    this.#traces[at] = click;
  }

  /** A list that knows all events up to `seq` was sent; it began to be written at `writeUs`. */
  listed(seq: number, round: RoundTimes | undefined, writeUs: number, sentUs: number): void {
    this.#round = round;
    this.#writeUs = writeUs;
    for (let s = this.#first(this.#listedSeq, seq); s <= seq; s++) {
      const at = s & (RING - 1);
      if (this.#seqs[at] !== s) continue;
      this.#observe(HISTOGRAM.clickToList, at, sentUs);
      const click = this.#traces?.[at];
      if (click?.listed(round, writeUs, sentUs) === true) this.#end(at);
    }
    this.#listedSeq = Math.max(this.#listedSeq, seq);
  }

  /** All events up to `seq` are durable; their commit took from `fromUs` to `toUs`. */
  committed(seq: number, fromUs: number, toUs: number): void {
    this.#commitFromUs = fromUs;
    this.#commitToUs = toUs;
    if (this.#traces === undefined) return;
    for (const click of this.#traces)
      if (click !== undefined && click.seq <= seq) click.commit ??= { fromUs, toUs };
  }

  acked(seq: number, nowUs: number): void {
    for (let s = this.#first(this.#ackedSeq, seq); s <= seq; s++) {
      const at = s & (RING - 1);
      if (this.#seqs[at] !== s) continue;
      this.#observe(HISTOGRAM.clickToAck, at, nowUs);
      if (this.#traces?.[at]?.acked(nowUs) === true) this.#end(at);
    }
    this.#ackedSeq = Math.max(this.#ackedSeq, seq);
  }

  /** Nothing more is sent. */
  ended(): void {
    if (this.#traces === undefined) return;
    for (let at = 0; at < RING; at++) this.#end(at);
  }

  /** The first after `after` that may be timed. */
  #first(after: number, upTo: number): number {
    return Math.max(after + 1, upTo - RING + 1);
  }

  #observe(histogram: number, at: number, nowUs: number): void {
    const us = nowUs - this.#receivedUs[at];
    this.#stats.observe(histogram, us);
    if (us > this.#listeners.slow.limitUs) this.#tellSlow(histogram === HISTOGRAM.clickToList, at, nowUs);
  }

  #end(at: number): void {
    const click = this.#traces?.[at];
    if (this.#traces === undefined || click === undefined) return;
    this.#traces[at] = undefined;
    if (click.trace.isSampled && click.hasAnswer) this.#listeners.tracer.end(click.finished());
  }

  #tellSlow(isList: boolean, at: number, nowUs: number): void {
    const fromUs = this.#receivedUs[at];
    const commit = { fromUs: this.#commitFromUs, toUs: this.#commitToUs };
    this.#listeners.slow.tell({
      what: isList ? 'list' : 'ack',
      us: nowUs - fromUs,
      traceId: this.#traces?.[at]?.trace.traceId,
      stages: () =>
        isList
          ? stagesOf({ fromUs, round: this.#round, writeUs: this.#writeUs, sentUs: nowUs })
          : stagesOf({ fromUs, round: undefined, writeUs: 0, sentUs: 0, commit }),
      ids: { session: this.#session, seq: this.#seqs[at] },
    });
  }
}
