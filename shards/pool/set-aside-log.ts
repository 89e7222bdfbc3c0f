import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { ThreadReport } from '../wire/shard-report.js';

/** Lines written at most in each window. */
const LINES_MAX = 20;
const WINDOW_US = 10_000_000;

/** Writes what a shard has set aside to the log, with key and reason, never with its content. A flood is cut short. */
export class SetAsideLog {
  readonly #shard: number;
  readonly #log: Log;
  readonly #clock: Clock;
  #windowUs = -Infinity;
  #lines = 0;

  constructor(shard: number, log: Log, clock: Clock) {
    this.#shard = shard;
    this.#log = log;
    this.#clock = clock;
  }

  write({ fresh }: ThreadReport): void {
    for (const { kind, names, reason, isOwed } of fresh) {
      if (!this.#hasRoom()) return;
      this.#log.error({ shard: this.#shard, kind, names, reason, isOwed }, 'a record was set aside');
    }
  }

  #hasRoom(): boolean {
    const nowUs = this.#clock.nowUs();
    if (nowUs - this.#windowUs >= WINDOW_US) {
      this.#windowUs = nowUs;
      this.#lines = 0;
    }
    this.#lines++;
    if (this.#lines === LINES_MAX)
      this.#log.warn(
        { shard: this.#shard },
        'more was set aside than is logged; GET /v1/stats has the counts',
      );
    return this.#lines < LINES_MAX;
  }
}
