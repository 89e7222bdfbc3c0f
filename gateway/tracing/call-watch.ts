import type { Clock } from '../../metrics/process/clock.js';
import type { SlowLog } from './slow-log.js';
import type { Stage } from './stages.js';
import type { Trace, Tracer } from './tracer.js';

/** A call that was answered. */
export interface EndedCall {
  /** Its name, such as `rank` or `POST /v1/rank`. */
  readonly what: string;
  /** When it came in, `Clock.nowUs`. */
  readonly fromUs: number;
  readonly stages: readonly Stage[];
  readonly trace: Trace | undefined;
  /** What tells which call it was. */
  readonly ids: Readonly<Record<string, string | number>>;
}

/** What is watched of single clicks and calls: which are traced, and which were slow. */
export class CallWatch {
  readonly slow: SlowLog;
  readonly tracer: Tracer;
  readonly #clock: Clock;

  constructor(slow: SlowLog, tracer: Tracer, clock: Clock) {
    this.slow = slow;
    this.tracer = tracer;
    this.#clock = clock;
  }

  /** A call was answered just now. */
  ended({ what, fromUs, stages, trace, ids }: EndedCall): void {
    const toUs = this.#clock.nowUs();
    const us = toUs - fromUs;
    if (us > this.slow.limitUs)
      this.slow.tell({ what, us, traceId: trace?.traceId, stages: () => stages, ids });
    if (trace !== undefined) this.tracer.end({ trace, name: what, fromUs, toUs, stages, attributes: ids });
  }
}
