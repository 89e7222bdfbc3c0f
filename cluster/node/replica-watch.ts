import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import { GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { StreamLeaders } from '../journal/stream-leaders.js';

/** What a watch looks at. */
export interface ReplicaGround {
  readonly leaders: StreamLeaders;
  /** Name of the stream of a partition. */
  readonly streamOf: (partition: number) => string;
  /** Partitions that this node owns now. */
  readonly owned: () => readonly number[];
  /** Copies that each stream is to have. */
  readonly replicas: number;
  readonly stats: ThreadStats;
  readonly log: Log;
}

const LOOK_MS = 10_000;

/**
 * Counts copies of the streams that this node writes which are not there or lag behind, every 10 s: a follower may never catch up by
 * itself (nats-server#8319), and then the next server that is lost takes acknowledgements with it.
 */
export class ReplicaWatch implements Service {
  readonly #ground: ReplicaGround;
  readonly #timer: NodeJS.Timeout;
  #isBusy = false;

  constructor(ground: ReplicaGround) {
    this.#ground = ground;
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks once, unless it is looking. A stream that nobody tells of now counts as before. Does not reject. */
  async look(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { owned, stats, log } = this.#ground;
    try {
      let behind = 0;
      for (const partition of owned()) behind += await this.#missing(partition);
      stats.gauge(GAUGE.replicasBehind, behind);
    } catch (error) {
      log.debug({ err: error }, 'copies of streams could not be looked at');
    } finally {
      this.#isBusy = false;
    }
  }

  async #missing(partition: number): Promise<number> {
    const { leaders, streamOf, replicas } = this.#ground;
    const { leader, followers } = await leaders.of(streamOf(partition));
    return Math.max(0, replicas - followers.length - (leader === undefined ? 0 : 1));
  }
}
