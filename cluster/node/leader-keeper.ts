import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import { GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { StreamLeaders } from '../journal/stream-leaders.js';

/** What a keeper works on. */
export interface LeaderGround {
  readonly leaders: StreamLeaders;
  /** Name of the stream of a partition. */
  readonly streamOf: (partition: number) => string;
  /** Partitions that this node owns now. */
  readonly owned: () => readonly number[];
  /** Name of the NATS server that is lost together with this node; undefined where there is none, or nobody knows it. */
  readonly beside: () => Promise<string | undefined>;
  readonly stats: ThreadStats;
  readonly log: Log;
}

const LOOK_MS = 2_000;

/**
 * Keeps the leaders of the streams that this node writes off its own machine: with both gone at once a new owner would wait for an
 * election, some seconds, before it could take the partition. Looks every 2 s, for leaders move by themselves when servers come and go.
 */
export class LeaderKeeper implements Service {
  readonly #ground: LeaderGround;
  readonly #timer: NodeJS.Timeout;
  #isBusy = false;

  constructor(ground: LeaderGround) {
    this.#ground = ground;
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks once, unless it is looking. What cannot be asked or moved now is the next look's. Does not reject. */
  async look(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { beside, owned, stats, log } = this.#ground;
    try {
      const server = await beside();
      if (server === undefined) return;
      let count = 0;
      for (const partition of owned()) if (await this.#isLedBy(server, partition)) count++;
      stats.gauge(GAUGE.leadersBeside, count);
    } catch (error) {
      log.debug({ err: error }, 'leaders of streams could not be looked at');
    } finally {
      this.#isBusy = false;
    }
  }

  /** True when the server leads the stream, and goes on doing so for now. */
  async #isLedBy(server: string, partition: number): Promise<boolean> {
    const { leaders, streamOf, log } = this.#ground;
    const stream = streamOf(partition);
    const found = await leaders.of(stream).catch(() => undefined);
    if (found?.leader !== server) return false;
    const { followers } = found;
    // Each partition has its own turn of them: the load is shared.
    const to = followers.toSorted()[partition % followers.length];
    if (to === undefined) return true;
    try {
      await leaders.move(stream, to);
      log.info({ partition, from: server, to }, 'the leader of a stream moves off this machine');
      return false;
    } catch (error) {
      log.warn({ err: error, partition }, 'the leader of a stream stays beside this node for now');
      return true;
    }
  }
}
