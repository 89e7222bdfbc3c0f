import { join } from 'node:path';
import { asMovedState } from '../graph/interest/state/state-header.js';
import { explainedBatch } from '../reshard/explained-batch.js';
import { shardOf } from '../reshard/placement.js';
import { begunMerges } from '../live/merge-intents.js';
import { checkDataFolder, shardFolder, snapshotsFolder } from '../store/data-folder.js';
import { checkStores } from '../store/inspection/check-stores.js';
import { removeLockFile } from '../store/lmdb/commits/lmdb-environment.js';
import { openLmdbStore, readLmdbStore } from '../store/lmdb/lmdb-store.js';
import { refuseNoSnapshot } from '../store/snapshot/restore-folder.js';
import { checkWholeSnapshot, findSnapshots, verifyWholeSnapshot } from '../store/snapshot/whole-snapshot.js';
import type { CommitBatch, ShardStore } from '../store/store.js';
import { isVisitor, nameOf, type UserKey } from '../store/user-key.js';
import { destroyKeys } from '../store/vault/keys/destroy-keys.js';
import { loadScorer } from '../wire/posted-model.js';
import { Refusal } from '../store/snapshot/refusal.js';
import { removedRows } from '../store/entries/removed-rows.js';
import type { FolderModel } from './replay-folder.js';
import { stateAtEnd } from './state-at-end.js';
import { countEntries, storedUser, type StoredUser } from './stored-user.js';

/** What a user was put back to. */
export interface RolledBack {
  readonly snapshot: string;
  readonly createdAt: string;
  /** Position of the entry that says so. */
  readonly position: number;
}

/** What was removed of a user, and what is left. */
export interface Forgotten {
  /** Visitors who had been merged into them, and are gone as well. */
  readonly visitors: number;
  /** Entries of the journals that still name them or these visitors. */
  readonly journalEntries: number;
  /** Snapshots that hold what was there before. */
  readonly snapshots: readonly string[];
}

/** The users of a data folder that no gateway has. */
export class UserFolder {
  readonly #dataDir: string;
  readonly #shards: number;

  private constructor(dataDir: string, shards: number) {
    this.#dataDir = dataDir;
    this.#shards = shards;
  }

  /** Looks at the stores first. Rejects with `Refusal` when `dataDir` is no data folder, and as `checkStores`. */
  static async open(dataDir: string): Promise<UserFolder> {
    const found = checkDataFolder(dataDir);
    if (found === undefined) throw new Refusal(`${dataDir} is no data folder`);
    await checkStores(dataDir, false);
    return new UserFolder(dataDir, found.shards);
  }

  /** Undefined when nothing is stored of them. Nothing is changed. */
  async show(key: UserKey): Promise<StoredUser | undefined> {
    const visitors = await this.#visitorsOf(key);
    const shard = this.#shardOf(key);
    return reading(shardFolder(this.#dataDir, shard), (store) => {
      const user = storedUser(store, key, shard, visitors.map(nameOf));
      const isThere =
        user.state !== undefined ||
        user.sessions.length + user.journal.entries + user.visitors.length > 0 ||
        user.belongsTo !== undefined;
      return isThere ? user : undefined;
    });
  }

  /**
   * Gives a user the graph that they had in a snapshot; their sessions go on where they are, so that clients lose nothing. The journal
   * says so in the same commit. Rejects with `Refusal` when that cannot be.
   */
  async rollBack(
    key: UserKey,
    snapshot: string,
    { catalogue, model, tuning }: FolderModel,
    nowMs: number,
  ): Promise<RolledBack> {
    const { createdAt, shard } = await this.#placeIn(snapshot, key);
    const folder = join(snapshot, `shard-${shard}`);
    const state = await reading(folder, async (store) => {
      if (store.statesModel !== model.tag && store.statesModel !== 0)
        throw new Refusal(
          'the states of the snapshot are those of another model: name its bundle with --bundle',
        );
      if (store.alias(key) !== undefined && isVisitor(key))
        throw new Refusal('that visitor had been merged into a user when the snapshot was made');
      const scorer = await loadScorer(model);
      try {
        const plan = { catalogue, tuning, model: { tag: model.tag, scorer, vectors: model.vectors } };
        return await stateAtEnd(store, key, plan);
      } finally {
        scorer.close();
      }
    });
    await removeLockFile(folder);
    if (state === undefined)
      throw new Refusal(`the snapshot ${snapshot} does not know them; to take them away use "user forget"`);
    const position = await this.#writing(this.#shardOf(key), async (store) => {
      if (store.alias(key) !== undefined && isVisitor(key))
        throw new Refusal(
          `that visitor was merged into "${nameOf(store.alias(key) ?? '')}" since: roll that user back`,
        );
      const at = store.journal.end;
      const users = [{ userId: key, bytes: asMovedState(state, at + 1) }];
      await store.commit(explainedBatch(store, { users }, [{ entry: 'replaced', user: key, state }], nowMs));
      return at;
    });
    return { snapshot, createdAt, position };
  }

  /**
   * Takes a user away: graph and sessions, and the visitors who were merged into them. Where there are keys, theirs go first, and nothing
   * can be read in any copy. Otherwise the journals say so in the same commits; they keep what they have until `compact` takes it out,
   * and snapshots what was there before. Undefined when nothing is stored of them.
   */
  async forget(key: UserKey, nowMs: number): Promise<Forgotten | undefined> {
    if ((await this.show(key)) === undefined) return undefined;
    const visitors = await this.#visitorsOf(key);
    const gone = new Set<string>([key, ...visitors]);
    let journalEntries = 0;
    for (const shard of this.#homeLast(key))
      await reading(shardFolder(this.#dataDir, shard), (store) => {
        journalEntries += countEntries(store, gone);
      });
    // No store is open: those of shards that are there are among them.
    for (const user of gone) await destroyKeys(user, []);
    for (const shard of this.#homeLast(key))
      await this.#writing(shard, (store) => store.commit(removal(store, [...gone], nowMs)));
    const snapshots = findSnapshots(snapshotsFolder(this.#dataDir)).whole.map(({ name }) => name);
    return { visitors: visitors.length, journalEntries, snapshots };
  }

  /** The shard that somebody lives on comes last: while they are there, who asks again ends what was cut short. */
  #homeLast(key: string): number[] {
    const home = this.#shardOf(key);
    const others = Array.from({ length: this.#shards }, (_, shard) => shard).filter(
      (shard) => shard !== home,
    );
    return [...others, home];
  }

  #shardOf(key: string): number {
    return shardOf(key, this.#shards);
  }

  /** Visitors who are this user's, or are about to be. */
  async #visitorsOf(key: string): Promise<string[]> {
    const found = new Set<string>();
    for (let shard = 0; shard < this.#shards; shard++)
      await reading(shardFolder(this.#dataDir, shard), (store) => {
        for (const { userId, to } of store.aliases()) if (to === key && isVisitor(userId)) found.add(userId);
        for (const { visitor, into } of begunMerges(store)) if (into === key) found.add(visitor);
      });
    return [...found].sort();
  }

  /** Where a user is in a snapshot, which is read whole first. */
  async #placeIn(snapshot: string, key: string): Promise<{ createdAt: string; shard: number }> {
    refuseNoSnapshot(snapshot);
    const whole = checkWholeSnapshot(snapshot);
    const problems = typeof whole === 'string' ? [whole] : await verifyWholeSnapshot(snapshot);
    if (typeof whole === 'string' || problems.length > 0)
      throw new Refusal(`the snapshot ${snapshot} is broken: ${problems.join('; ')}`);
    return { createdAt: whole.createdAt, shard: shardOf(key, whole.shards.length) };
  }

  async #writing<T>(shard: number, work: (store: ShardStore) => Promise<T>): Promise<T> {
    const store = await openLmdbStore({ folder: shardFolder(this.#dataDir, shard) });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }
}

async function reading<T>(folder: string, work: (store: ShardStore) => T | Promise<T>): Promise<T> {
  const store = await readLmdbStore(folder);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** What takes users away out of one store. Where there are keys, these say it: what stands in the journal went with them. */
function removal(store: ShardStore, gone: readonly string[], nowMs: number): CommitBatch {
  const batch = removedRows(gone);
  if (store.isEncrypted) return batch;
  const entries = [
    ...gone.map((user) => ({ entry: 'removed', user, isErased: true }) as const),
    ...gone.filter(isVisitor).map((user) => ({ entry: 'alias', user, to: undefined }) as const),
  ];
  return explainedBatch(store, batch, entries, nowMs);
}
