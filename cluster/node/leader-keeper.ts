import { GAUGE } from '../../metrics/table.js';
import { type StreamGround, StreamLook } from './stream-look.js';

/** What a keeper works on. */
export interface LeaderGround extends StreamGround {
  /** Name of the NATS server that is lost together with this node; undefined where there is none, or nobody knows it. */
  readonly beside: () => Promise<string | undefined>;
}

const LOOK_MS = 2_000;

/**
 * Keeps the leaders of the streams that this node writes off its own machine: with both gone at once a new owner would wait for an
 * election, some seconds, before it could take the partition. Looks every 2 s, for leaders move by themselves when servers come and go.
 */
export class LeaderKeeper extends StreamLook {
  readonly #ground: LeaderGround;

  constructor(ground: LeaderGround) {
    super(LOOK_MS, ground.log);
    this.#ground = ground;
  }

  protected async lookOnce(): Promise<void> {
    const { beside, owned, stats } = this.#ground;
    const server = await beside();
    if (server === undefined) return;
    let count = 0;
    for (const partition of owned()) if (await this.#isLedBy(server, partition)) count++;
    stats.gauge(GAUGE.leadersBeside, count);
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
