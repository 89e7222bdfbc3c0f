import type { JournalRecord } from '../../shards/store/journal.js';
import { decodeMessage, type JournalMessage } from './journal-message.js';
import type { PartitionStream, StoredMessage } from './partition-stream.js';

/** From where a journal is read, and how far. */
export interface JournalSpan {
  /** Sequence of the first message to look at; one whose entries are known already is fine. */
  readonly from: number;
  /** Entries before this position are known. */
  readonly position: number;
  /** Sequence of the last message to read, which is stored: that of the reader's own `own`. */
  readonly through: number;
}

const MESSAGES_A_READ = 256;
/** A replica that is behind is asked again so often, with this pause. */
const TRIES_MAX = 200;
const RETRY_MS = 50;

/**
 * Records with entries at or after `position`, oldest first. Throws when a message is missing or damaged, and when an owner wrote
 * after it was fenced, which no server may let happen; rejects when no replica has all of them within 10 s.
 */
export async function* readJournal(
  stream: PartitionStream,
  { from, position, through }: JournalSpan,
  pause: (ms: number) => Promise<void>,
): AsyncGenerator<JournalRecord> {
  let epoch = 0;
  let tries = 0;
  for (let next = from; next <= through;) {
    const found = await stream.read(next, Math.min(MESSAGES_A_READ, through - next + 1));
    if (found.length === 0) {
      if (++tries > TRIES_MAX) throw new Error(`no replica has message ${next} of ${through}`);
      await pause(RETRY_MS);
      continue;
    }
    tries = 0;
    for (const stored of found) {
      const message = messageAt(next, stored);
      epoch = checkedEpoch(message, stored.sequence, epoch);
      yield* recordsAfter(message, position);
      next++;
    }
  }
}

function messageAt(next: number, { sequence, bytes }: StoredMessage): JournalMessage {
  if (sequence !== next) throw new Error(`the journal has no message ${next}: message ${sequence} follows`);
  try {
    return decodeMessage(bytes);
  } catch (error) {
    throw new Error(`message ${sequence} of the journal is damaged`, { cause: error });
  }
}

/** The epoch of a message, which is that of the one before or begins with it. */
function checkedEpoch({ kind, owner }: JournalMessage, sequence: number, before: number): number {
  const isRight = kind === 'own' ? owner.epoch === sequence : before === 0 || owner.epoch === before;
  if (isRight) return owner.epoch;
  throw new Error(`message ${sequence} is by ${owner.node}, who did not own the partition any more`);
}

function recordsAfter(message: JournalMessage, position: number): readonly JournalRecord[] {
  if (message.kind === 'own') return [];
  return message.records.filter((record) => record.position + record.count > position);
}
