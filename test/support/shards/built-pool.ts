import { createLog } from '../../../metrics/process/log.js';
import { realClock } from '../../../metrics/process/clock.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import type { OpenedSession, ShardEvents } from '../../../shards/pool/shard-pool.js';
import type { PoolStart, ShardConfig, StartedPool } from '../../../shards/pool/create-pool.js';
import { neighboursModel, type ShardModel } from '../../../shards/wire/shard-model.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import { shardFolder } from '../../../shards/store/files/format.js';
import { freshCatalogue, slotOf } from './shard-harness.js';
import type { ShardList, SlotDefinition } from '../../../shards/wire/slot-lists.js';
import type { ShardEvent } from '../../../shards/wire/shard-event.js';

/** Worker threads need JavaScript, so the pool comes from `dist/` as well. */
const BUILT = new URL('../../../dist/shards/pool/create-pool.js', import.meta.url).href;

const CONFIG: ShardConfig = {
  shards: 2,
  usersHot: 256,
  sessionGapMs: 30 * 60_000,
  interestHalfLifeMs: 14 * 86_400_000,
  transitionHalfLifeMs: 60 * 86_400_000,
  trendHalfLifeMs: 7 * 86_400_000,
  checkpointMs: 600_000,
  interactionCheckpointMs: 3_600_000,
  snapshotEveryMs: 0,
  snapshotsKept: 3,
  queueMax: 50_000,
};

type Heard =
  | { readonly op: 'list'; readonly channel: number; readonly slot: string; readonly list: ShardList }
  | { readonly op: 'applied' | 'durable'; readonly session: number; readonly seq: number }
  | { readonly op: 'refused'; readonly session: number; readonly seq: number; readonly expected: number }
  | { readonly op: 'moved'; readonly channel: number; readonly into: string };

/** A pool of the built project with real threads and stores, what it says, and waits for what has to come. */
export class BuiltPool {
  readonly pool: StartedPool;
  readonly stats: ThreadStats;
  readonly dataDir: string;
  readonly heard: Heard[] = [];
  readonly fatal: Promise<Error>;
  readonly #lookers = new Set<() => void>();

  private constructor(pool: StartedPool, stats: ThreadStats, dataDir: string, fatal: Promise<Error>) {
    this.pool = pool;
    this.stats = stats;
    this.dataDir = dataDir;
    this.fatal = fatal;
    pool.listen(this.#receiver());
  }

  static async start(
    dataDir: string,
    config: Partial<ShardConfig> = {},
    model: (itemMax: number) => ShardModel = neighboursModel,
  ): Promise<BuiltPool> {
    const { createShardPool, openDataFolder } = (await import(
      BUILT
    )) as typeof import('../../../shards/pool/create-pool.js');
    const values = { ...CONFIG, ...config };
    const stats = ThreadStats.create();
    await openDataFolder(dataDir, values.shards, realClock);
    let giveUp: (error: Error) => void = () => undefined;
    const fatal = new Promise<Error>((resolve) => (giveUp = resolve));
    const catalogue = (await freshCatalogue()).shared;
    const start: PoolStart = {
      config: values,
      dataDir,
      catalogue,
      model: model(catalogue.itemMax),
      stats,
      clock: realClock,
      log: createLog({ level: 'silent' }),
      fatal: giveUp,
    };
    return new BuiltPool(await createShardPool(start), stats, dataDir, fatal);
  }

  /** Opens a session of a user and gives him a slot `home`. */
  async openUser(user: string, slot: Partial<SlotDefinition> = {}): Promise<OpenedSession> {
    const opened = await this.pool.open(user, `session of ${user}`);
    this.pool.subscribe(opened.channel, [slotOf(slot)]);
    await this.until(() => this.lists(opened.channel).length > 0, `a list of ${user}`);
    return opened;
  }

  /** Sends an event and resolves when it is durable. */
  async send(opened: OpenedSession, event: ShardEvent): Promise<void> {
    this.pool.event(opened.channel, opened.session, event);
    await this.durable(opened, event.seq);
  }

  durable({ session }: OpenedSession, seq: number): Promise<void> {
    const isDurable = () =>
      this.heard.some((said) => said.op === 'durable' && said.session === session && said.seq >= seq);
    return this.until(isDurable, `durable ${seq}`);
  }

  lists(channel: number): ShardList[] {
    return this.heard.flatMap((said) => (said.op === 'list' && said.channel === channel ? [said.list] : []));
  }

  /** Asks for an order and resolves with it. */
  rank(
    channel: number,
    candidates: readonly number[],
    slot: Partial<SlotDefinition> = {},
  ): Promise<readonly number[]> {
    return new Promise((resolve) =>
      this.pool.rank(
        channel,
        { slot: slotOf(slot), candidates: Int32Array.from(candidates), deadlineMs: 0 },
        ({ items }) => resolve([...items]),
      ),
    );
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

  /** Resolves when `isTrue`, looked at after everything the pool says. */
  until(isTrue: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} did not come`)), 15_000);
      const look = () => {
        if (!isTrue()) return;
        clearTimeout(timer);
        this.#lookers.delete(look);
        resolve();
      };
      this.#lookers.add(look);
      look();
    });
  }

  #receiver(): ShardEvents {
    const hear = (said: Heard) => {
      this.heard.push(said);
      for (const look of this.#lookers) look();
    };
    return {
      list: (channel, slot, list) => hear({ op: 'list', channel, slot, list }),
      applied: (session, seq) => hear({ op: 'applied', session, seq }),
      durable: (session, seq) => hear({ op: 'durable', session, seq }),
      refused: (session, seq, _code, expected) => hear({ op: 'refused', session, seq, expected }),
      moved: (channel, into) => hear({ op: 'moved', channel, into }),
    };
  }
}
