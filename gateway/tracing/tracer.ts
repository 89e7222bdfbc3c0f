import { COUNTER } from '../../metrics/table.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { Stage } from './stages.js';
import { parseTraceParent } from './trace-parent.js';

/** Traces of a second that are recorded, whoever asks for them: a client says of each click whether it wants one. A test reaches it. */
export const TRACES_PER_SEC = 100;

/** What a click or a call belongs to. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Of the caller's span, 16 digits; '' for a trace that begins here. */
  readonly parentId: string;
  /** True when its spans are recorded. */
  readonly isSampled: boolean;
}

/** A trace whose spans are known: one for the whole, and one for each stage. */
export interface FinishedTrace {
  readonly trace: Trace;
  /** Of the whole, such as `click`. */
  readonly name: string;
  /** `Clock.nowUs`. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly stages: readonly Stage[];
  readonly attributes: Readonly<Record<string, string | number>>;
}

export interface TracerContext {
  /** Share of the clicks and calls without a `traceparent` that are recorded, 0..1. */
  readonly ratio: number;
  /** Takes what is finished; undefined when nothing is recorded. */
  readonly queue: { add(finished: FinishedTrace): void } | undefined;
  readonly clock: Clock;
  readonly stats: ThreadStats;
  /** 0..1. */
  readonly random: () => number;
  /** A trace's id. */
  readonly newId: () => string;
}

/**
 * Decides what is traced. With a `traceparent` its sampled flag decides; without one the ratio does. At most `TRACES_PER_SEC` a
 * second are recorded, what is beyond is counted.
 */
export class Tracer {
  readonly #context: TracerContext;
  readonly #ratio: number;
  #secondStartUs = -Infinity;
  #begun = 0;

  constructor(context: TracerContext) {
    this.#context = context;
    this.#ratio = context.queue === undefined ? 0 : context.ratio;
  }

  /** @param traceparent as the client gave it. Undefined for what is not traced; a trace that is not sampled has an id for the log. */
  begin(traceparent: string | undefined): Trace | undefined {
    const parent =
      traceparent === undefined || traceparent === '' ? undefined : parseTraceParent(traceparent);
    if (parent !== undefined) {
      const isSampled = parent.isSampled && this.#context.queue !== undefined && this.#hasRoom();
      return { traceId: parent.traceId, parentId: parent.spanId, isSampled };
    }
    if (this.#ratio === 0 || this.#context.random() >= this.#ratio || !this.#hasRoom()) return undefined;
    return { traceId: this.#context.newId(), parentId: '', isSampled: true };
  }

  /** Records a trace that is sampled. */
  end(finished: FinishedTrace): void {
    if (finished.trace.isSampled) this.#context.queue?.add(finished);
  }

  #hasRoom(): boolean {
    const { clock, stats } = this.#context;
    const nowUs = clock.nowUs();
    if (nowUs >= this.#secondStartUs + 1_000_000) {
      this.#secondStartUs = nowUs;
      this.#begun = 0;
    }
    if (++this.#begun <= TRACES_PER_SEC) return true;
    stats.count(COUNTER.tracesDropped.rate);
    return false;
  }
}
