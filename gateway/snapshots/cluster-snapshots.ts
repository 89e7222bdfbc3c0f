import type { ClusterSeat, KeptSnapshot } from '../../shards/api.js';
import type { Snapshots } from './snapshot-folder.js';

/** Snapshots of a cluster: its NATS servers keep two of each partition. Whoever asks for some while they are made gets the same. */
export class ClusterSnapshots implements Snapshots {
  readonly #cluster: Pick<ClusterSeat, 'snapshot' | 'snapshots'>;
  #underWay: Promise<readonly object[]> | undefined;

  constructor(cluster: Pick<ClusterSeat, 'snapshot' | 'snapshots'>) {
    this.#cluster = cluster;
  }

  /** Rejects with an `OverloadedError` when one partition has none. */
  take(): Promise<readonly object[]> {
    this.#underWay ??= this.#cluster
      .snapshot()
      .then((kept) => kept.map(wireSnapshot))
      .finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async list(): Promise<readonly object[]> {
    const { newest, older } = await this.#cluster.snapshots();
    return [
      { name: 'newest', shards: newest.map(wireSnapshot) },
      { name: 'older', shards: older.map(wireSnapshot) },
    ];
  }
}

function wireSnapshot({ shard, madeAtMs, journalEnd, bytes }: KeptSnapshot): object {
  return { shard, madeAt: new Date(madeAtMs).toISOString(), journalEnd, bytes };
}
