import type { StreamBounds } from '../journal/partition-stream.js';
import type { PartitionSnapshot } from './snapshot-notice.js';

/** How often snapshots of a partition are made: by whichever of the two comes first. */
export interface SnapshotPace {
  /** Since the last one, when anything was written since, ms. */
  readonly everyMs: number;
  /** Bytes of the stream that came since the last one. A stream keeps up to twice as many and what comes while one is being made. */
  readonly bytes: number;
}

/** A partition as it is now. */
export interface PacedPartition {
  readonly bounds: StreamBounds;
  /** Journal position after the last entry. */
  readonly end: number;
  readonly newest: PartitionSnapshot | undefined;
  /** When the owner began. */
  readonly sinceMs: number;
}

/** True when a snapshot is to be made. */
export function isSnapshotDue(
  { bounds, end, newest, sinceMs }: PacedPartition,
  { everyMs, bytes }: SnapshotPace,
  nowMs: number,
): boolean {
  if (end <= (newest?.end ?? 0)) return false;
  return nowMs - (newest?.madeAtMs ?? sinceMs) >= everyMs || bytesSince(bounds, newest?.from ?? 0) >= bytes;
}

/** What the messages from `from` on take, as if all took the same. */
function bytesSince({ first, last, bytes }: StreamBounds, from: number): number {
  const count = last - first + 1;
  return count <= 0 ? 0 : (bytes * Math.min(count, last - from + 1)) / count;
}
