import { GAUGE } from '../../metrics/table.js';
import { type StreamGround, StreamLook } from './stream-look.js';

/** What a watch looks at. */
export interface ReplicaGround extends StreamGround {
  /** Copies that each stream is to have. */
  readonly replicas: number;
}

const LOOK_MS = 10_000;

/**
 * Counts copies of the streams that this node writes which are not there or lag behind, every 10 s: a follower may never catch up by
 * itself (nats-server#8319), and then the next server that is lost takes acknowledgements with it.
 */
export class ReplicaWatch extends StreamLook {
  readonly #ground: ReplicaGround;

  constructor(ground: ReplicaGround) {
    super(LOOK_MS, ground.log);
    this.#ground = ground;
  }

  protected async lookOnce(): Promise<void> {
    const { owned, stats } = this.#ground;
    let behind = 0;
    for (const partition of owned()) behind += await this.#missing(partition);
    stats.gauge(GAUGE.replicasBehind, behind);
  }

  async #missing(partition: number): Promise<number> {
    const { leaders, streamOf, replicas } = this.#ground;
    const { leader, followers } = await leaders.of(streamOf(partition));
    return Math.max(0, replicas - followers.length - (leader === undefined ? 0 : 1));
  }
}
