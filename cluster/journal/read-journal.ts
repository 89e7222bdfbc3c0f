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

/** How many messages a reader asks for at once. */
export const MESSAGES_A_READ = 256;
/** A replica that is behind is asked again so often, with this pause. */
const TRIES_MAX = 200;
const RETRY_MS = 50;

/**
 * A place in a journal, which moves on message by message. Throws when one is missing or damaged, and when an owner wrote after it was
 * fenced, which no server may let happen.
 */
export class JournalPlace {
  #next: number;
  #epoch = 0;

  /** @param next sequence of the message that comes next */
  constructor(next: number) {
    this.#next = next;
  }

  get next(): number {
    return this.#next;
  }

  /** The message that comes next. */
  take(stored: StoredMessage): JournalMessage {
    const message = messageAt(this.#next, stored);
    this.#epoch = checkedEpoch(message, stored.sequence, this.#epoch);
    this.#next++;
    return message;
  }
}

/**
 * Records with entries at or after `position`, oldest first. Throws as a `JournalPlace` does; rejects when no replica has all of them
 * within 10 s.
 */
export async function* readJournal(
  stream: PartitionStream,
  { from, position, through }: JournalSpan,
  pause: (ms: number) => Promise<void>,
): AsyncGenerator<JournalRecord> {
  const place = new JournalPlace(from);
  while (place.next <= through) {
    for (const stored of await readSome(stream, { next: place.next, through }, pause))
      yield* recordsAfter(place.take(stored), position);
  }
}

/** Stored messages from `next` on, one at least. Rejects when no replica has it within 10 s. */
export async function readSome(
  stream: PartitionStream,
  { next, through }: { readonly next: number; readonly through: number },
  pause: (ms: number) => Promise<void>,
): Promise<StoredMessage[]> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = await stream.read(next, Math.min(MESSAGES_A_READ, through - next + 1));
    if (found.length > 0) return found;
    await pause(RETRY_MS);
  }
  throw new Error(`no replica has message ${next} of ${through}`);
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

/** Records of a message with entries at or after `position`. */
export function recordsAfter(message: JournalMessage, position: number): readonly JournalRecord[] {
  if (message.kind === 'own') return [];
  return message.records.filter((record) => record.position + record.count > position);
}
