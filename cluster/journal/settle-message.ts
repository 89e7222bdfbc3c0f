import type { Waiting } from './append-surely.js';
import { judgeMessage, type Judged, type JournalState } from './judge-message.js';
import type { PartitionStream, StoredMessage } from './partition-stream.js';
import { patiently } from './patient-bounds.js';

/** A message as it was judged, with the bytes that it has. */
export interface Settled {
  readonly judged: Judged;
  readonly bytes: Uint8Array;
}

/**
 * Judges the message that comes next for good. A copy of the stream may have it damaged: what cannot be read is asked of the stream's leader, and
 * nothing counts as unread but what the leader has too. Rejects where the leader has other bytes that cannot be read, while there is none,
 * and as `judgeMessage`.
 */
export async function settleMessage(
  stream: PartitionStream,
  state: JournalState,
  { stored, waiting }: { readonly stored: StoredMessage; readonly waiting: Waiting },
): Promise<Settled> {
  const { sequence, bytes } = stored;
  const judged = judgeMessage(state, stored);
  if (judged.kind !== 'unread') return { judged, bytes };
  const held = await patiently(() => stream.ofLeader(sequence), waiting);
  if (held?.sequence !== sequence) throw new Error(`the leader does not have message ${sequence}`);
  if (Buffer.compare(held.bytes, bytes) === 0) return { judged, bytes };
  const again = judgeMessage(state, held);
  if (again.kind !== 'unread') return { judged: again, bytes: held.bytes };
  throw new Error(`message ${sequence} of the journal has other bytes in each copy, and none can be read`);
}
