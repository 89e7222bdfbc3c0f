import type { Placement } from './place-partitions.js';

/** A partition whose owner changes; undefined is nobody. */
export interface PartitionMove {
  readonly partition: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/**
 * What has to move from one placement to the next, by partition. From a node that is gone it is a takeover, which nobody is
 * asked about; from one that is there, a handover.
 */
export function partitionMoves(before: Placement, after: Placement): PartitionMove[] {
  return before.owners.flatMap((from, partition) => {
    const to = after.owners[partition];
    return from === to ? [] : [{ partition, from, to }];
  });
}
