import { keeperOfPage, PAGE_KEYS } from '../graph/interactions/interaction-pages.js';
import { shardOf } from './placement.js';
import type { CommitBatch, ShardStore } from '../store/store.js';

/** Whose store it is, of how many. */
export interface Seat {
  readonly shard: number;
  readonly shards: number;
  /** Removals of one commit. */
  readonly rowsMax: number;
  /** Rows of the session table of the interaction graph. */
  readonly sessions: number;
}

/**
 * Removes users with their sessions, aliases and pages that are placed on other shards; synced when it resolves, and
 * harmless to do again. Idempotence keys stay: they are true wherever they are, and forgotten within two days.
 */
export async function removeStrangers(store: ShardStore, seat: Seat): Promise<void> {
  const isStranger = (userId: string) => shardOf(userId, seat.shards) !== seat.shard;
  const userOf = ({ userId }: { readonly userId: string }) =>
    isStranger(userId) ? { userId, bytes: undefined } : undefined;
  const { rowsMax } = seat;
  await remove(store, rowsMax, store.users(), userOf, (users) => ({ users }));
  // Of users who have no state.
  await remove(store, rowsMax, store.sessions(), userOf, (users) => ({ users }));
  await remove(
    store,
    rowsMax,
    store.aliases(),
    ({ userId, to }) => (isStranger(userId) && isStranger(to) ? { userId, to: undefined } : undefined),
    (aliases) => ({ aliases }),
  );
  await remove(
    store,
    rowsMax,
    store.blobs(PAGE_KEYS),
    ({ key }) => {
      const keeper = keeperOfPage(key, seat.sessions, seat.shards);
      return keeper === undefined || keeper === seat.shard ? undefined : { key, bytes: undefined };
    },
    (blobs) => ({ blobs }),
  );
}

/** Commits the removals that `removalOf` names, `rowsMax` at a time. */
async function remove<Row, Removal>(
  store: ShardStore,
  rowsMax: number,
  rows: Iterable<Row>,
  removalOf: (row: Row) => Removal | undefined,
  batchOf: (removals: readonly Removal[]) => CommitBatch,
): Promise<void> {
  let removals: Removal[] = [];
  for (const row of rows) {
    const removal = removalOf(row);
    if (removal === undefined) continue;
    removals.push(removal);
    if (removals.length < rowsMax) continue;
    await store.commit(batchOf(removals));
    removals = [];
  }
  if (removals.length > 0) await store.commit(batchOf(removals));
}
