import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failureOf, type Seat } from './shard-handle.js';
import type { SnapshotEntry } from '../wire/calls.js';

/**
 * Makes a snapshot of every shard under `folder`, while they serve; entries in the order of `seats`. Rejects with the first
 * failure once all shards have answered, and leaves no folder then.
 */
export async function snapshotSeats(
  seats: readonly Seat[],
  folder: string,
): Promise<readonly SnapshotEntry[]> {
  const replies = await Promise.all(
    seats.map((seat) => seat.answerTo({ op: 'snapshot', folder: join(folder, `shard-${seat.shard}`) })),
  );
  const entries: SnapshotEntry[] = [];
  for (const reply of replies) {
    if (reply.op !== 'snapshot') {
      await rm(folder, { recursive: true, force: true });
      throw failureOf(reply);
    }
    entries.push(reply.entry);
  }
  return entries;
}
