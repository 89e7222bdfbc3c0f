import type { JournalRecord } from '../../shards/store/journal.js';
import type { Waiting } from './append-surely.js';
import { findSequence, frontPosition } from './find-sequence.js';
import type { GroupPlace, PartitionStream, StreamBounds } from './partition-stream.js';
import { whenKnown, type KnownItems } from './known-items.js';
import { patientBounds } from './patient-bounds.js';
import { PartitionReader, type CountedMessage } from './partition-reader.js';
import { stateFrom } from './judge-message.js';
import { MESSAGES_A_READ, recordsAfter } from './read-some.js';
import type { CopiedJournal } from './streamed-journal.js';

/** What is in the files is not what the stream begins with: they are of another cluster, or the stream has lost something. */
export class CopyDiffersError extends Error {
  override readonly name = 'CopyDiffersError';
}

/** What follows the end of the copy has been purged from the stream: it has to begin from a snapshot. */
export class CopyBehindError extends Error {
  override readonly name = 'CopyBehindError';
}

/** Who follows a stream, with which items. */
export interface Following extends Waiting {
  readonly items: KnownItems;
}

/** Entries handed to the files before their disk is waited for. */
const BITE_ENTRIES = 20_000;

/** A journal's copy of the front of its stream, as it follows what owners append. */
export class FollowedCopy {
  readonly #stream: PartitionStream;
  readonly #copy: CopiedJournal;
  readonly #waiting: Following;
  readonly #reader: PartitionReader;
  /** Entries before it are in the copy, and are not looked at. */
  readonly #position: number;
  /** The last record that the copy had, until the stream's is found to be the same. */
  #last: JournalRecord | undefined;
  /** Entries since the files' disk was waited for. */
  #bite = 0;
  #group: GroupPlace | undefined;

  private constructor(
    stream: PartitionStream,
    copy: CopiedJournal,
    { waiting, from }: { readonly waiting: Following; readonly from: number },
  ) {
    this.#stream = stream;
    this.#copy = copy;
    this.#waiting = waiting;
    this.#reader = new PartitionReader(stream, stateFrom(from), waiting);
    this.#last = lastRecord(copy);
    this.#position = this.#last?.position ?? 0;
  }

  /**
   * Brings a copy up to what its stream has now. Rejects with a `CopyDiffersError` when its last record is not the stream's, with a
   * `CopyBehindError` when the stream does not have that any more, and where no replica has all of it; as `patientBounds`.
   */
  static async begin(
    stream: PartitionStream,
    copy: CopiedJournal,
    waiting: Following,
  ): Promise<FollowedCopy> {
    const { first, last } = await patientBounds(stream, waiting);
    const position = lastRecord(copy)?.position ?? 0;
    await checkFront(stream, position, { first, last });
    const from = await findSequence(stream, position, { first, last });
    const followed = new FollowedCopy(stream, copy, { waiting, from });
    try {
      await followed.#begin(last);
      return followed;
    } catch (error) {
      if (!(error instanceof CopyDiffersError) || from === first) throw error;
    }
    // A stranger’s copies may have led too far.
    const whole = new FollowedCopy(stream, copy, { waiting, from: first });
    await whole.#begin(last);
    return whole;
  }

  async #begin(last: number): Promise<void> {
    await this.takeThrough(last);
    if (this.#last !== undefined && this.#reader.state.hole === undefined)
      throw new CopyDiffersError(`the stream ends before entry ${this.#copy.end}`);
  }

  /** The last group that was read; undefined when there was none. */
  get group(): GroupPlace | undefined {
    return this.#group;
  }

  /** Sequence of the message that began the ownership, as far as was read. */
  get epoch(): number {
    return this.#reader.state.epoch;
  }

  /** Takes in what the stream has by now, as much as one read gives. Resolves with the number of messages; undefined: nobody answers. */
  async takeIn(): Promise<number | undefined> {
    const found = await this.#stream.read(this.#reader.next, MESSAGES_A_READ).catch(() => undefined);
    if (found !== undefined)
      for await (const counted of this.#reader.counted(found)) await this.#take(counted);
    return found?.length;
  }

  /** Takes in all up to the message `through`, which is stored; resolves when that is on the disk. Rejects when no replica has it. */
  async takeThrough(through: number): Promise<void> {
    for await (const counted of this.#reader.countedThrough(through)) await this.#take(counted);
    await this.#copy.idle();
  }

  async #take({ message, isBehindHole }: CountedMessage): Promise<void> {
    const sequence = this.#reader.next - 1;
    await whenKnown(this.#waiting.items, message, this.#waiting);
    const records = recordsAfter(message, this.#position);
    if (isBehindHole && records.length > 0) this.#fill(records[0].position);
    for (const record of records) this.#add(record);
    if (message.kind === 'group') this.#group = { sequence, position: message.records[0].position };
    if (this.#bite < BITE_ENTRIES) return;
    this.#bite = 0;
    await this.#copy.idle();
  }

  /** Entries up to `position` that were lost with their messages keep their places: a record without bytes stands for them. */
  #fill(position: number): void {
    const { end } = this.#copy;
    if (position < end) return;
    this.#last = undefined;
    this.#reader.trust();
    if (position > end) this.#copy.takeIn({ position: end, count: position - end, bytes: new Uint8Array(0) });
  }

  #add(record: JournalRecord): void {
    if (this.#last !== undefined) {
      checkSame(this.#last, record);
      this.#last = undefined;
      this.#reader.trust();
      return;
    }
    const { end } = this.#copy;
    if (record.position !== end)
      throw new CopyDiffersError(`entry ${end} follows in the stream, and it has ${record.position}`);
    this.#copy.takeIn(record);
    this.#bite += record.count;
  }
}

/** Rejects when a stream does not have the entry at `position` any more. */
async function checkFront(
  stream: PartitionStream,
  position: number,
  bounds: Pick<StreamBounds, 'first' | 'last'>,
): Promise<void> {
  if (bounds.first === 1) return;
  const front = await frontPosition(stream, bounds);
  if (front === undefined) throw new Error('no replica has the front of the stream');
  if (front > position)
    throw new CopyBehindError(`the stream begins with entry ${front}, and the copy ends before`);
}

function lastRecord(copy: Pick<CopiedJournal, 'end' | 'from'>): JournalRecord | undefined {
  if (copy.end === 0) return undefined;
  let last: JournalRecord | undefined;
  for (const record of copy.from(copy.end - 1)) last = { ...record, bytes: Uint8Array.from(record.bytes) };
  if (last === undefined) throw new CopyDiffersError(`entry ${copy.end - 1} of the copy cannot be read`);
  return last;
}

function checkSame(copied: JournalRecord, stored: JournalRecord): void {
  const isSame =
    copied.position === stored.position &&
    copied.count === stored.count &&
    Buffer.compare(copied.bytes, stored.bytes) === 0;
  if (!isSame) throw new CopyDiffersError(`the entries from ${copied.position} on are others in the stream`);
}
