import { revFloorWrite } from '../live/rev-floor.js';
import type { JournalEntry } from '../store/journal-entry.js';
import type { JournalRecord } from '../store/journal.js';
import { decodeRecord, recordTime } from '../store/journal-record.js';
import type { ShardStore } from '../store/store.js';
import { keyOfOldName } from '../store/user-key.js';
import { rowsOfEntries } from '../store/entries/entry-rows.js';

/** Records handed to the disk before it is waited for. */
const RECORDS_A_FLIGHT = 256;
/** Entries before the end of the older journal that are compared. */
const COMPARED_ENTRIES = 1_024;

/** A store with the journal that came after a snapshot. */
export type TailSource = Pick<ShardStore, 'journal' | 'blob'>;

/** What became of the journal that came after a snapshot, in one store. */
export interface TakenTail {
  /** Entries that are in the new store now, and the time of the last one, epoch ms. */
  readonly entries: number;
  readonly lastMs: number | undefined;
  /** Entries that came after the time asked for. */
  readonly leftOut: number;
  /** Positions whose entries could not be read. */
  readonly lost: number;
}

/**
 * Why the journal of `later` is not the one of `older` and what came after it, in words that follow "the store in …";
 * undefined when it is. They are the same when the last records that both have are.
 */
export function tailProblem(older: ShardStore, later: TailSource): string | undefined {
  const { end } = older.journal;
  const { start } = later.journal;
  if (later.journal.end < end)
    return `has a journal up to ${later.journal.end}, and the snapshot one up to ${end}: it is older than the snapshot`;
  if (start > end)
    return `has a journal from ${start} on, and the snapshot one up to ${end}: what was between was dropped`;
  if (end === 0) return undefined;
  const from = Math.max(0, end - COMPARED_ENTRIES);
  const known = new Map<number, JournalRecord>();
  for (const record of older.journal.from(from))
    known.set(record.position, { ...record, bytes: new Uint8Array(record.bytes) });
  let common = 0;
  for (const { position, bytes } of later.journal.from(from)) {
    if (position >= end) break;
    const same = known.get(position);
    if (same === undefined) continue;
    common++;
    if (Buffer.compare(same.bytes, bytes) !== 0)
      return `has another record at position ${position} than the snapshot: they are not of one history`;
  }
  return common > 0
    ? undefined
    : 'has no record that the snapshot has, so nothing says that they are of one history';
}

/**
 * Appends to `target`, a copy of a snapshot, the records of `source` that follow, with the rows that came with them, up to the
 * first record after `untilMs`. States and the interaction graph are left to the recovery of the next start, which reads the
 * same records. Resolves when all is on the disk.
 *
 * @throws Error when `target` waits for a full disk
 */
export async function takeTail(target: ShardStore, source: TailSource, untilMs: number): Promise<TakenTail> {
  const from = target.journal.end;
  let [expected, lastMs, flight] = [from, undefined as number | undefined, 0];
  let [entries, lost, leftOut] = [0, 0, 0];
  let done: Promise<void> = target.commit({ blobs: revFloorWrite(source) });
  for (const record of source.journal.from(from)) {
    const read = readOrNothing(target, record);
    const timeMs = read?.atMs ?? lastMs ?? 0;
    if (timeMs > untilMs) {
      leftOut = source.journal.end - record.position;
      break;
    }
    lost += record.position - expected + (read === undefined ? record.count : 0);
    expected = record.position + record.count;
    if (read === undefined) continue;
    lastMs = timeMs;
    entries += record.count;
    const { count, bytes } = record;
    done = target.commit({ journal: { count, bytes }, ...rowsOfEntries(read.entries, timeMs) });
    if (++flight % RECORDS_A_FLIGHT === 0) await settled(target, done);
  }
  await settled(target, done);
  if (leftOut === 0) lost += source.journal.end - expected;
  return { entries, lastMs, leftOut, lost };
}

interface ReadEntries {
  readonly entries: readonly JournalEntry[];
  readonly atMs: number | undefined;
}

function readOrNothing(store: ShardStore, { bytes }: JournalRecord): ReadEntries | undefined {
  try {
    const entries = decodeRecord(bytes, (user) => keyOfOldName(store, user));
    return { entries, atMs: recordTime(bytes) };
  } catch {
    return undefined;
  }
}

const LOOK_EVERY_MS = 100;

/** A commit that waits for room would wait for ever: nobody makes it. */
async function settled(store: ShardStore, done: Promise<void>): Promise<void> {
  let look: NodeJS.Timeout | undefined;
  const full = new Promise<never>((_, reject) => {
    look = setInterval(() => {
      if (store.waitsForDisk) reject(new Error('the disk is full: free some space there and run it again'));
    }, LOOK_EVERY_MS);
  });
  try {
    await Promise.race([done, full]);
  } finally {
    clearInterval(look);
  }
}

/** When the last record of a journal was committed, epoch ms; undefined when it does not say so. */
export function lastTime(store: ShardStore): number | undefined {
  for (const { bytes } of store.journal.from(store.journal.end - 1)) return recordTime(bytes);
  return undefined;
}
