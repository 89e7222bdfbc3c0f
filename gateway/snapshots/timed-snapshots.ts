import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import type { Snapshots } from './snapshot-folder.js';

/** `setInterval` cannot wait longer, ms. */
const TIMER_MAX_MS = 2_147_483_647;
/** Pause before it is looked again whether a snapshot may be made, and how often at most: an hour of too much load ends the wait. */
const WAIT_MS = 10_000;
const WAITS_MAX = 360;

/** Who makes the snapshots, and what they give way to. */
export interface TimedSnapshotsContext {
  readonly snapshots: Pick<Snapshots, 'take'>;
  /** True while shards leave work out because of too much load. */
  readonly isPressed: () => boolean;
  readonly log: Pick<Log, 'error' | 'info'>;
}

/** Takes a snapshot every so often. One that is due while there is too much to do waits until there is not, an hour at most. */
export class TimedSnapshots implements Service {
  readonly #context: TimedSnapshotsContext;
  readonly #every: NodeJS.Timeout | undefined;
  #waiting: NodeJS.Timeout | undefined;

  /** @param everyMs 0: never. */
  constructor(everyMs: number, context: TimedSnapshotsContext) {
    this.#context = context;
    if (everyMs > 0) this.#every = setInterval(() => this.#due(), Math.min(everyMs, TIMER_MAX_MS));
  }

  drain(): void {
    this.stop();
  }

  stop(): void {
    clearInterval(this.#every);
    clearTimeout(this.#waiting);
  }

  #due(): void {
    if (this.#waiting === undefined) this.#take(WAITS_MAX);
  }

  #take(waitsLeft: number): void {
    const { snapshots, isPressed, log } = this.#context;
    this.#waiting = undefined;
    if (isPressed() && waitsLeft > 0) {
      if (waitsLeft === WAITS_MAX) log.info('a snapshot is due and waits: there is too much load');
      this.#waiting = setTimeout(() => this.#take(waitsLeft - 1), WAIT_MS);
      return;
    }
    void snapshots.take().catch((error: unknown) => log.error({ err: error }, 'a snapshot failed'));
  }
}
