import { DISK_RESERVE_BYTES } from '../../metrics/process/disk-space.js';
import { GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { usableBytes } from '../admission/memory-watch.js';
import type { Config } from './config.js';

/** Shows the bounds that other figures are held against: alerts need no number of their own then. */
export function setBoundGauges(
  stats: ThreadStats,
  { queueMax, snapshotEveryMs }: Pick<Config, 'queueMax' | 'snapshotEveryMs'>,
): void {
  stats.gauge(GAUGE.diskReserveBytes, DISK_RESERVE_BYTES);
  stats.gauge(GAUGE.memoryUsableBytes, usableBytes());
  stats.gauge(GAUGE.queueMax, queueMax);
  stats.gauge(GAUGE.snapshotEvery, snapshotEveryMs / 1_000);
}
