import { ThreadStats } from '../../metrics/thread-stats.js';
import { statePosition } from '../graph/interest/state/state-header.js';
import { Quarantine } from '../quarantine/quarantine.js';
import { readRecords } from '../quarantine/read-records.js';
import { changesGraph, userOfEntry } from '../store/journal-entry.js';
import { openMemoryStore } from '../store/memory/memory-store.js';
import type { ShardStore } from '../store/store.js';
import { buildEmptyShard, TIMELESS, type ReplayPlan } from '../replay/empty-shard.js';

/**
 * The state of a user at the end of a store's journal, which may be behind it: the stored one, and what the journal has of them since.
 * Undefined for somebody who is not there. The bytes are the caller's; the store is only read.
 */
export async function stateAtEnd(
  store: ShardStore,
  userId: string,
  plan: ReplayPlan,
): Promise<Uint8Array | undefined> {
  const stored = store.user(userId)?.slice();
  const stats = ThreadStats.create();
  const quarantine = new Quarantine(stats, TIMELESS);
  const states = openMemoryStore();
  if (stored !== undefined) await states.commit({ users: [{ userId, bytes: stored }] });
  const built = buildEmptyShard(plan, stats, quarantine, states);
  const channel = built.shard.openRecovery(userId);
  const contained = stored === undefined ? 0 : statePosition(stored);
  let isThere = stored !== undefined;
  for (const { position, entries } of readRecords(store, quarantine, contained))
    for (const [i, entry] of entries.entries()) {
      if (position + i < contained || !changesGraph(entry) || userOfEntry(entry) !== userId) continue;
      built.shard.takeRecovered(channel, entry, position + i, false);
      built.shard.flush();
      isThere = entry.entry !== 'forgotten' && entry.entry !== 'removed';
    }
  if (!isThere) return undefined;
  const { users, codec } = built.model;
  return codec.encode(users.load(userId)).slice();
}
