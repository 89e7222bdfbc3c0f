import { keeperOfPage, PAGE_KEYS } from '../graph/interactions/interaction-pages.js';
import { explainedBatch } from './explained-batch.js';
import { shardOf } from './placement.js';
import { restOrGiveUp, ROWS_A_REST } from './rest-or-give-up.js';
import type { CommitBatch, ShardStore } from '../store/store.js';

/** Whose store it is, of how many. */
export interface StorePlace {
  readonly shard: number;
  readonly shards: number;
  /** Removals of one commit. */
  readonly rowsMax: number;
  /** Rows of the session table of the interaction graph. */
  readonly sessions: number;
  /** See `Reshard`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Removes users with their sessions, aliases and pages that are placed on other shards; synced when it resolves, and
 * harmless to do again. Idempotence keys stay: they are true wherever they are, and forgotten within two days.
 */
export async function removeStrangers(store: ShardStore, place: StorePlace): Promise<void> {
  const { shard, shards, sessions } = place;
  const isStranger = (userId: string) => shardOf(userId, shards) !== shard;
  const userOf = ({ userId }: { readonly userId: string }) =>
    isStranger(userId) ? { userId, bytes: undefined } : undefined;
  const aliasOf = ({ userId, to }: { readonly userId: string; readonly to: string }) =>
    isStranger(userId) && isStranger(to) ? { userId, to: undefined } : undefined;
  const pageOf = ({ key }: { readonly key: string }) => {
    const keeper = keeperOfPage(key, sessions, shards);
    return keeper === undefined || keeper === shard ? undefined : { key, bytes: undefined };
  };
  const removeUsers = (users: readonly { readonly userId: string; readonly bytes: undefined }[]) =>
    explainedBatch(
      store,
      { users },
      users.map(({ userId }) => ({ entry: 'removed', user: userId })),
    );
  const removeAliases = (aliases: readonly { readonly userId: string; readonly to: undefined }[]) =>
    explainedBatch(
      store,
      { aliases },
      aliases.map(({ userId }) => ({ entry: 'alias', user: userId, to: undefined })),
    );
  const remover = new Remover(store, place);
  await remover.remove(store.users(), userOf, removeUsers);
  // Of users who have no state.
  await remover.remove(store.sessions(), userOf, removeUsers);
  await remover.remove(store.aliases(), aliasOf, removeAliases);
  await remover.remove(store.blobs(PAGE_KEYS), pageOf, (blobs) => ({ blobs }));
}

class Remover {
  readonly #store: ShardStore;
  readonly #place: Pick<StorePlace, 'rowsMax' | 'signal'>;

  constructor(store: ShardStore, place: Pick<StorePlace, 'rowsMax' | 'signal'>) {
    this.#store = store;
    this.#place = place;
  }

  /** Commits what `removalOf` says of each row, `rowsMax` at a time; rows of which it says nothing stay. */
  async remove<Row, Removal>(
    rows: Iterable<Row>,
    removalOf: (row: Row) => Removal | undefined,
    batchOf: (removals: readonly Removal[]) => CommitBatch,
  ): Promise<void> {
    const { rowsMax, signal } = this.#place;
    let held: Removal[] = [];
    let seen = 0;
    for (const row of rows) {
      if (++seen % ROWS_A_REST === 0) await restOrGiveUp(signal);
      const removal = removalOf(row);
      if (removal === undefined) continue;
      held.push(removal);
      if (held.length < rowsMax) continue;
      await this.#store.commit(batchOf(held));
      held = [];
      await restOrGiveUp(signal);
    }
    if (held.length > 0) await this.#store.commit(batchOf(held));
  }
}
