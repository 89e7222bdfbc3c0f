import { OverloadedError } from '../../shards/pool/shard-pool.js';
import { failureOf, type ShardHandle } from '../../shards/pool/shard-handle.js';
import type { KeptSnapshot } from '../../shards/wire/calls.js';

type Asked = Pick<ShardHandle, 'shard' | 'answerTo'>;

/** A partition as this node has it made a snapshot of. */
export interface SnapshotMakers {
  readonly handles: readonly Asked[];
  /** True while the partition is served here. */
  readonly serves: (partition: number) => boolean;
  /** See `PartitionHost.snapshot`. */
  readonly here: (partition: number) => Promise<KeptSnapshot>;
}

/** Owners that a snapshot is asked of at most: partitions may be changing hands. */
const OWNERS_MAX = 4;

/** See `ClusterSeat.snapshot`. All are asked at once; each node makes one after the other. */
export async function snapshotPartitions(makers: SnapshotMakers): Promise<KeptSnapshot[]> {
  const results = await Promise.allSettled(
    makers.handles.map(({ shard }) => snapshotPartition(makers, shard, OWNERS_MAX)),
  );
  const problems = results.flatMap((result, partition) =>
    result.status === 'rejected' ? [`of partition ${partition} (${(result.reason as Error).message})`] : [],
  );
  if (problems.length > 0)
    throw new OverloadedError(`no snapshot ${problems.join(', ')}; the others are made: try again`);
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function snapshotPartition(
  makers: SnapshotMakers,
  partition: number,
  ownersLeft: number,
): Promise<KeptSnapshot> {
  const { here, serves } = makers;
  const isHere = serves(partition);
  try {
    return await (isHere ? here(partition) : askOwner(makers.handles[partition]));
  } catch (error) {
    if (serves(partition) === isHere || ownersLeft === 1) throw error;
    return snapshotPartition(makers, partition, ownersLeft - 1);
  }
}

async function askOwner(handle: Asked): Promise<KeptSnapshot> {
  const reply = await handle.answerTo({ op: 'keep' });
  if (reply.op !== 'kept') throw failureOf(reply);
  return reply.snapshot;
}
