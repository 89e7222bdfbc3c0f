import { shardOf } from '../../shards/reshard/placement.js';

/**
 * Partition of a user, by jump consistent hash as on one machine (`shardOf`): a partition is to the cluster what a shard is to a
 * data folder. The number of partitions is fixed when a cluster is made, since journals are by partition.
 */
export function partitionOf(userId: string, partitions: number): number {
  return shardOf(userId, partitions);
}
