import type { KeptSnapshots } from '../../shards/pool/shard-pool.js';
import { keptOf } from './snapshot-notice.js';
import type { SnapshotNotices } from './snapshot-shelf.js';

/** The snapshots of all partitions that count. Rejects when nobody answers. */
export async function saidSnapshots(
  notices: Pick<SnapshotNotices, 'said'>,
  partitions: number,
): Promise<KeptSnapshots> {
  const said = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => notices.said(partition)),
  );
  return {
    newest: said.flatMap(({ notice }, partition) => (notice ? [keptOf(partition, notice.newest)] : [])),
    older: said.flatMap(({ notice }, partition) => (notice?.older ? [keptOf(partition, notice.older)] : [])),
  };
}
