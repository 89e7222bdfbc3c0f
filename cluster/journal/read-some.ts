import type { JournalRecord } from '../../shards/store/journal.js';
import type { JournalMessage } from './journal-message.js';
import type { PartitionStream, StoredMessage } from './partition-stream.js';

/** How many messages a reader asks for at once. */
export const MESSAGES_A_READ = 256;
/** A replica that is behind is asked again so often, with this pause. */
const TRIES_MAX = 200;
const RETRY_MS = 50;

/** Stored messages from `next` on, one at least. Rejects when no replica has it within 10 s. */
export async function readSome(
  stream: PartitionStream,
  { next, through }: { readonly next: number; readonly through: number },
  pause: (ms: number) => Promise<void>,
): Promise<StoredMessage[]> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = await stream.read(next, Math.min(MESSAGES_A_READ, through - next + 1), tries % 2);
    if (found.length > 0) return found;
    await pause(RETRY_MS);
  }
  throw new Error(`no replica has message ${next} of ${through}`);
}

/** Records of a message with entries at or after `position`. */
export function recordsAfter(message: JournalMessage, position: number): readonly JournalRecord[] {
  if (message.kind === 'own') return [];
  return message.records.filter((record) => record.position + record.count > position);
}
