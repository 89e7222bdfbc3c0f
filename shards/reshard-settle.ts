import { keeperOfPage, PAGE_KEYS } from './graph/interaction-pages.js';
import { shardOf } from './placement.js';
import type { CommitBatch, ShardStore } from './store/store.js';

/** Whose store it is, of how many. */
export interface Seat {
  readonly shard: number;
  readonly shards: number;
  /** Rows of the session table of the interaction graph. */
  readonly sessions: number;
}

const ROWS_MAX = 500;

/**
 * Removes users with their sessions, aliases and pages that are placed on other shards; synced when it resolves, and
 * harmless to do again. Idempotence keys stay: they are true wherever they are, and forgotten within two days.
 */
export async function removeStrangers(store: ShardStore, seat: Seat): Promise<void> {
  const isStranger = (userId: string) => shardOf(userId, seat.shards) !== seat.shard;
  const userOf = ({ userId }: { readonly userId: string }) =>
    isStranger(userId) ? { userId, bytes: undefined } : undefined;
  await remove(store, store.users(), userOf, (users) => ({ users }));
  // Of users who have no state.
  await remove(store, store.sessions(), userOf, (users) => ({ users }));
  await remove(
    store,
    store.aliases(),
    ({ userId, to }) => (isStranger(userId) && isStranger(to) ? { userId, to: undefined } : undefined),
    (aliases) => ({ aliases }),
  );
  await remove(
    store,
    store.blobs(PAGE_KEYS),
    ({ key }) => {
      const keeper = keeperOfPage(key, seat.sessions, seat.shards);
      return keeper === undefined || keeper === seat.shard ? undefined : { key, bytes: undefined };
    },
    (blobs) => ({ blobs }),
  );
}

/** Commits the removals that `removalOf` names, a few hundred at a time. */
async function remove<Row, Removal>(
  store: ShardStore,
  rows: Iterable<Row>,
  removalOf: (row: Row) => Removal | undefined,
  batchOf: (removals: readonly Removal[]) => CommitBatch,
): Promise<void> {
  let removals: Removal[] = [];
  for (const row of rows) {
    const removal = removalOf(row);
    if (removal === undefined) continue;
    removals.push(removal);
    if (removals.length < ROWS_MAX) continue;
    await store.commit(batchOf(removals));
    removals = [];
  }
  if (removals.length > 0) await store.commit(batchOf(removals));
}
