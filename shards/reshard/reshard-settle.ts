import { keeperOfPage, PAGE_KEYS } from '../graph/interactions/interaction-pages.js';
import { explainedBatch } from './explained-batch.js';
import { shardOf } from './placement.js';
import type { CommitBatch, ShardStore } from '../store/store.js';

/** Whose store it is, of how many. */
export interface StorePlace {
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
export async function removeStrangers(store: ShardStore, place: StorePlace): Promise<void> {
  const { shard, shards, rowsMax, sessions } = place;
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
  await commitAll(store, rowsMax, removals(store.users(), userOf), removeUsers);
  // Of users who have no state.
  await commitAll(store, rowsMax, removals(store.sessions(), userOf), removeUsers);
  await commitAll(store, rowsMax, removals(store.aliases(), aliasOf), removeAliases);
  await commitAll(store, rowsMax, removals(store.blobs(PAGE_KEYS), pageOf), (blobs) => ({ blobs }));
}

/** What `removalOf` says of each row; rows of which it says nothing stay. */
function* removals<Row, Removal>(
  rows: Iterable<Row>,
  removalOf: (row: Row) => Removal | undefined,
): Generator<Removal> {
  for (const row of rows) {
    const removal = removalOf(row);
    if (removal !== undefined) yield removal;
  }
}

/** Commits the removals, `rowsMax` at a time. */
async function commitAll<Removal>(
  store: ShardStore,
  rowsMax: number,
  all: Iterable<Removal>,
  batchOf: (removals: readonly Removal[]) => CommitBatch,
): Promise<void> {
  let held: Removal[] = [];
  for (const removal of all) {
    held.push(removal);
    if (held.length < rowsMax) continue;
    await store.commit(batchOf(held));
    held = [];
  }
  if (held.length > 0) await store.commit(batchOf(held));
}
