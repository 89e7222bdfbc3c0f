import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { StreamLeaders } from './stream-leaders.js';

/** What a look at the streams of this node works on. */
export interface StreamGround {
  readonly leaders: StreamLeaders;
  /** Name of the stream of a partition. */
  readonly streamOf: (partition: number) => string;
  /** Partitions that this node owns now. */
  readonly owned: () => readonly number[];
  readonly stats: ThreadStats;
  readonly log: Log;
}

/** Looks at the streams that this node writes every so often, one look at a time, until it is stopped. */
export abstract class StreamLook implements Service {
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #isBusy = false;

  constructor(everyMs: number, log: Log) {
    this.#log = log;
    this.#timer = setInterval(() => void this.look(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks once, unless it is looking. What cannot be asked now is the next look's, and counts as before. Does not reject. */
  async look(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      await this.lookOnce();
    } catch (error) {
      this.#log.debug({ err: error }, 'the streams of this node could not be looked at');
    } finally {
      this.#isBusy = false;
    }
  }

  protected abstract lookOnce(): Promise<void>;
}
