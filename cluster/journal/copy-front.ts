import type { WrittenJournal } from '../../shards/store/journal-file/file-journal.js';
import type { JournalRecord } from '../../shards/store/journal.js';
import { findSequence } from './find-sequence.js';
import type { PartitionStream } from './partition-stream.js';
import { readJournal } from './read-journal.js';

/** What is in the files is not what the stream begins with: they are of another cluster, or the stream has lost something. */
export class CopyDiffersError extends Error {
  override readonly name = 'CopyDiffersError';
}

/** How a copy is made. */
export interface CopyOptions {
  /** Sequence of the last message to be copied, which is stored. */
  readonly through: number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Entries handed to the files before their disk is waited for. */
const BITE_ENTRIES = 20_000;

/**
 * Brings a journal in files up to the message `through` of its stream, whose front it holds a copy of; resolves when that is on the
 * disk. The last record of the files is compared with the stream's. Rejects with a `CopyDiffersError` when they are not the
 * same, and as `readJournal`.
 */
export async function copyFront(
  stream: PartitionStream,
  files: WrittenJournal,
  { through, pause }: CopyOptions,
): Promise<void> {
  const { first } = await stream.bounds();
  let last = lastRecord(files);
  const position = last?.position ?? 0;
  const from = await findSequence(stream, position, { first, last: through });
  let bite = 0;
  for await (const record of readJournal(stream, { from, position, through }, pause)) {
    if (last !== undefined) {
      checkSame(last, record);
      last = undefined;
      continue;
    }
    if (record.position !== files.end)
      throw new CopyDiffersError(`entry ${files.end} follows in the stream, and it has ${record.position}`);
    files.append(record.count, record.bytes);
    bite += record.count;
    if (bite < BITE_ENTRIES) continue;
    bite = 0;
    await files.idle();
  }
  if (last !== undefined) throw new CopyDiffersError(`the stream ends before entry ${files.end}`);
  await files.idle();
}

function lastRecord(files: WrittenJournal): JournalRecord | undefined {
  if (files.end === 0) return undefined;
  let last: JournalRecord | undefined;
  for (const record of files.from(files.end - 1)) last = { ...record, bytes: Uint8Array.from(record.bytes) };
  if (last === undefined) throw new CopyDiffersError(`entry ${files.end - 1} of the copy cannot be read`);
  return last;
}

function checkSame(copied: JournalRecord, stored: JournalRecord): void {
  const isSame =
    copied.position === stored.position &&
    copied.count === stored.count &&
    Buffer.compare(copied.bytes, stored.bytes) === 0;
  if (!isSame) throw new CopyDiffersError(`the entries from ${copied.position} on are others in the stream`);
}
