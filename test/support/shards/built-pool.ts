import { createLog } from '../../../metrics/process/log.js';
import { realClock } from '../../../metrics/process/clock.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import type { PoolStart, ShardConfig, StartedPool } from '../../../shards/pool/create-pool.js';
import { neighboursModel, type PostedModel } from '../../../shards/wire/posted-model.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import { shardFolder } from '../../../shards/store/data-folder.js';
import { builtModule } from '../built.js';
import { HeardPool } from './heard-pool.js';
import { freshCatalogue } from './shard-harness.js';

/** Worker threads need JavaScript, so the pool comes from the built project as well. */
const BUILT = builtModule('shards/pool/create-pool.js');

const CONFIG: ShardConfig = {
  shards: 2,
  usersHot: 256,
  sessionGapMs: 30 * 60_000,
  interestHalfLifeMs: 14 * 86_400_000,
  transitionHalfLifeMs: 60 * 86_400_000,
  trendHalfLifeMs: 7 * 86_400_000,
  marketPeriodMs: 86_400_000,
  checkpointMs: 600_000,
  interactionCheckpointMs: 3_600_000,
  snapshotEveryMs: 0,
  snapshotsKept: 3,
  snapshotsKeptMs: 0,
  journalKeptMs: 0,
  journalKeptBytes: 0,
  journalSegmentBytes: 65_536,
  visitorsKeptMs: 0,
  usersKeptMs: 0,
  smallestGroup: 1,
  slotsCounted: '',
  queueMax: 50_000,
  queueUserMax: 256,
  ranksMax: 5_000,
  ranksUserMax: 256,
};

/** A pool of the built project with real threads and stores. */
export class BuiltPool extends HeardPool<StartedPool> {
  readonly stats: ThreadStats;
  readonly dataDir: string;

  private constructor(pool: StartedPool, stats: ThreadStats, dataDir: string) {
    super(pool);
    this.stats = stats;
    this.dataDir = dataDir;
  }

  static async start(
    dataDir: string,
    config: Partial<ShardConfig> = {},
    model: (itemMax: number) => PostedModel = neighboursModel,
    more: Partial<PoolStart> = {},
  ): Promise<BuiltPool> {
    const { createShardPool, openDataFolder } = (await import(
      BUILT
    )) as typeof import('../../../shards/pool/create-pool.js');
    const values = { ...CONFIG, ...config };
    const stats = ThreadStats.create();
    await openDataFolder(dataDir, values.shards, realClock);
    const catalogue = (await freshCatalogue()).shared;
    const start: PoolStart = {
      config: values,
      dataDir,
      folderId: 'test',
      catalogue,
      model: model(catalogue.itemMax),
      stats,
      clock: realClock,
      log: createLog({ level: 'silent' }),
      ...more,
    };
    return new BuiltPool(await createShardPool(start), stats, dataDir);
  }

  /**
   * Breaks a shard's disk under it: whoever opened a store earlier may not write to it any more, so the shard's next commit
   * is refused and its thread dies. The thread that follows opens the store again and owns it.
   */
  async breakShard(shard: number): Promise<void> {
    const store = await openLmdbStore({ folder: shardFolder(this.dataDir, shard) });
    await store.close();
  }

  /** Resolves when no shard rebuilds states any more; nothing is said of that, so it is looked for. */
  async rebuilt(): Promise<void> {
    const deadlineMs = Date.now() + 15_000;
    while (this.pool.rebuildBehind > 0) {
      if (Date.now() > deadlineMs) throw new Error('the states were not rebuilt');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
