import { faultPoint } from '../../metrics/process/fault-point.js';
import { intentOf } from '../live/merge-intents.js';
import type { BuiltShard } from '../shard/build-shard.js';
import { intentWrite } from '../store/entries/intent-rows.js';
import type { CommitBatch } from '../store/store.js';

/**
 * Takes all of a user away from a shard: what is in memory, the list of their current session in the interaction graph, their key, their
 * rows. Call between two ticks, when none of their calls waits; resolves when it is on the disk.
 *
 * In which order: what they did so far is handed over first, under the key that goes; then the key is destroyed, which makes journal, rows,
 * snapshots and copies of them unreadable; when that is on the disk the rows go. A crash, or a power cut, before the key has gone leaves
 * all of it, and nobody was told otherwise; one after it leaves rows that nobody can read. Where nothing is encrypted the rows and the
 * entry that says so go in one commit. Done again it ends what was left.
 * Stays: what they taught the interaction graph, as counts without a name.
 */
export async function eraseUser(built: BuiltShard, userId: string): Promise<void> {
  const { shard, context } = built;
  const { store } = context;
  const rows = rowsOf(built, userId);
  shard.commits.commit();
  emptySession(built, userId);
  shard.forgetUser(userId);
  faultPoint('erase.begun');
  await store.erase([userId]);
  faultPoint('erase.keyGone');
  await store.commit(rows);
  faultPoint('erase.done');
}

/** What removes their rows. Where nothing is encrypted the journal says so as well, or a recovery would make them again. */
function rowsOf({ context }: BuiltShard, userId: string): CommitBatch {
  const { store, clock } = context;
  const bytes = store.isEncrypted
    ? undefined
    : store.record([{ entry: 'removed', user: userId, isErased: true }], clock.nowMs());
  return {
    ...(bytes !== undefined && { journal: { count: 1, bytes } }),
    users: [{ userId, bytes: undefined }],
    aliases: [{ userId, to: undefined }],
    ...(intentOf(store, userId) !== undefined && { blobs: [intentWrite(userId, undefined)] }),
  };
}

/** Whoever has no state has no session in the interaction graph. */
function emptySession({ model, context }: BuiltShard, userId: string): void {
  const { users, applier } = model;
  if (users.rowOf(userId) < 0 && context.store.user(userId) === undefined) return;
  applier.emptySession(users.load(userId));
}
