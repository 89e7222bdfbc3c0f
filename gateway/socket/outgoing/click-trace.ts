import type { CommitTimes, RoundTimes } from '../../../shards/api.js';
import { stagesOf } from '../../tracing/stages.js';
import type { FinishedTrace, Trace } from '../../tracing/tracer.js';

/** A traced click on its way: what is known of it so far. The first list and the first ack count. */
export class ClickTrace {
  readonly trace: Trace;
  readonly seq: number;
  readonly #receivedUs: number;
  readonly #awaitsList: boolean;
  #round: RoundTimes | undefined;
  #writeUs = 0;
  /** 0: not yet. */
  #listedUs = 0;
  #ackedUs = 0;
  commit: CommitTimes | undefined;

  /** @param awaitsList false when nobody gets a list for it. */
  constructor(trace: Trace, seq: number, receivedUs: number, awaitsList: boolean) {
    this.trace = trace;
    this.seq = seq;
    this.#receivedUs = receivedUs;
    this.#awaitsList = awaitsList;
  }

  /** Its list has left, which began to be written at `writeUs`. True when nothing more is to come. */
  listed(round: RoundTimes | undefined, writeUs: number, sentUs: number): boolean {
    this.#round = round;
    this.#writeUs = writeUs;
    this.#listedUs = sentUs;
    return this.#ackedUs > 0;
  }

  /** Its ack has left. True when nothing more is to come. */
  acked(nowUs: number): boolean {
    this.#ackedUs = nowUs;
    return this.#listedUs > 0 || !this.#awaitsList;
  }

  get hasAnswer(): boolean {
    return this.#ackedUs > 0 || this.#listedUs > 0;
  }

  /** The click ends with its list, or with its ack where there was none; the commit may last longer. */
  finished(): FinishedTrace {
    const { commit, trace, seq } = this;
    const fromUs = this.#receivedUs;
    const stages = stagesOf({
      fromUs,
      round: this.#round,
      writeUs: this.#writeUs,
      sentUs: this.#listedUs,
      commit,
    });
    const toUs = this.#listedUs > 0 ? this.#listedUs : this.#ackedUs;
    return { trace, name: 'click', fromUs, toUs, stages, attributes: { 'afterclick.seq': seq } };
  }
}
