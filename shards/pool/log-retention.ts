import type { Log } from '../../metrics/process/log.js';
import type { RetentionNote } from '../wire/shard-report.js';

/** Writes to the log what a shard no longer keeps, and what holds the rest of what is beyond the bounds. */
export function logRetention(log: Log, shard: number, note: RetentionNote): void {
  const { visitors, from, to, entries, bytes, heldBy } = note;
  if (entries > 0)
    log.info({ shard, from, to, entries, bytes, heldBy }, 'the oldest of the journal was dropped');
  else if (heldBy !== undefined)
    log.info({ shard, start: from, heldBy }, 'the journal is beyond its bounds, and what would go is needed');
  if (visitors > 0) log.info({ shard, visitors }, 'visitors of long ago were removed');
}
