import type { BuiltShard } from '../shard/build-shard.js';

/**
 * Time of the last event that a state contains, or of the last time that its user withheld something, epoch ms; Infinity when it cannot be
 * read: whoever opens it sets it aside. Uses the spare row.
 */
export function lastActivityMs({ model }: Pick<BuiltShard, 'model'>, state: Uint8Array): number {
  const { codec, users, graph } = model;
  const { slabs } = graph;
  const row = users.spareRow;
  try {
    codec.decode(row, state);
  } catch {
    return Infinity;
  }
  const first = slabs.nodeStart[row];
  let lastMs = Math.max(slabs.lastClickMs[row], slabs.withheldMs[row]);
  for (let node = first; node < first + slabs.nodeCount[row]; node++)
    lastMs = Math.max(lastMs, slabs.nodeAt[node]);
  return lastMs;
}
