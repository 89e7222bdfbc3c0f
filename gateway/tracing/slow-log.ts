import { COUNTER } from '../../metrics/table.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { roundMs, stageMs, type Stage } from './stages.js';

/** Lines of a second; of those beyond it the next line says how many there were. A test reaches it. */
export const SLOW_LINES_PER_SEC = 10;

/** What is known of a slow click or call. */
export interface SlowCall {
  /** What waited: `list`, `ack`, or a call. */
  readonly what: string;
  readonly us: number;
  readonly traceId?: string | undefined;
  readonly stages: () => readonly Stage[];
  /** The number of the session, and of the click in it, or what else tells which it was. */
  readonly ids: Readonly<Record<string, string | number>>;
}

export interface SlowLogContext {
  /** Answers that take longer are told of, ms; 0: none is. */
  readonly slowClickMs: number;
  readonly clock: Clock;
  readonly stats: ThreadStats;
  readonly log: Log;
}

/** One line of the log for each click that was answered late, with its stages and its trace; within a bound. */
export class SlowLog {
  /** Longer is slow, µs. */
  readonly limitUs: number;
  readonly #context: SlowLogContext;
  #secondStartUs = -Infinity;
  #lines = 0;
  #unsaid = 0;

  constructor(context: SlowLogContext) {
    this.#context = context;
    this.limitUs = context.slowClickMs === 0 ? Infinity : context.slowClickMs * 1_000;
  }

  /** To be called for what took longer than `limitUs`. */
  tell({ what, us, traceId, stages, ids }: SlowCall): void {
    const { log, stats } = this.#context;
    stats.count(COUNTER.slowAnswers);
    if (!this.#hasRoom()) return;
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    log.warn(
      {
        what,
        ...ids,
        ...(traceId !== undefined && { traceId }),
        ms: roundMs(us),
        stages: stageMs(stages()),
        ...(unsaid > 0 && { unsaid }),
      },
      'an answer was slow',
    );
  }

  #hasRoom(): boolean {
    const nowUs = this.#context.clock.nowUs();
    if (nowUs >= this.#secondStartUs + 1_000_000) {
      this.#secondStartUs = nowUs;
      this.#lines = 0;
    }
    if (++this.#lines <= SLOW_LINES_PER_SEC) return true;
    this.#unsaid++;
    return false;
  }
}
