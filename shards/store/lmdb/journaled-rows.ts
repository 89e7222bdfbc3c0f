import { faultPoint } from '../../../metrics/process/fault-point.js';
import { checkBatch } from '../batch-check.js';
import { rowsOfEntries } from '../entries/entry-rows.js';
import type { JournalEntry } from '../journal-entry.js';
import type { WrittenJournal } from '../journal-file/file-journal.js';
import { journalFolder, storedSegments } from '../journal-file/journal-folder.js';
import type { GapListener } from '../journal-file/segments/segment-scan.js';
import { decodeRecord, encodeRecord, LaterVersionError, recordTime } from '../journal-record.js';
import { blobKey, nameKey } from '../keys.js';
import { seal, unsealed } from '../seal.js';
import type { BlobRow, CommitBatch, ShardStore, VerifyPlace } from '../store.js';
import type { Sealing } from '../vault/open-vault.js';
import { HeldCommits } from './commits/held-commits.js';
import type { LmdbEnvironment } from './commits/lmdb-environment.js';
import type { TableWrite } from './commits/lmdb-table.js';
import type { Stalls } from './commits/stalls.js';
import type { LmdbJournal } from './lmdb-journal.js';
import { float64, numberOf } from './rows/meta-numbers.js';
import type { SealedTable } from './rows/sealed-table.js';
import { ShardRows } from './rows/shard-rows.js';
import { META } from './rows/store-tables.js';
import { SplitJournal } from './split-journal.js';

/** The tables of a store, and what is in them. */
export interface StoreParts {
  readonly table: (name: string) => SealedTable;
  readonly meta: SealedTable;
  readonly older: LmdbJournal;
}

/** How a store is opened. */
export interface StoreManner {
  /** Absent: for reading only. */
  readonly writing?: Writing;
  readonly sealing: Sealing | undefined;
  readonly onGap?: GapListener;
}

/** What a store that is written to has besides its tables. */
interface Writing {
  readonly files: WrittenJournal;
  readonly stalls: Stalls;
}

/**
 * The rows of a shard and the journal that explains them. What is committed has a ticket; it is in the journal's files first, and in the
 * tables soon after.
 */
export class JournaledRows extends ShardRows implements ShardStore {
  readonly #environment: LmdbEnvironment;
  readonly journal: SplitJournal;
  readonly #older: LmdbJournal;
  readonly #writing: Writing | undefined;
  readonly #held: HeldCommits;
  readonly #rowsOf: (bytes: Uint8Array) => CommitBatch;
  readonly #lettersMax: number | undefined;
  /** Settles when what was dropped last has gone. */
  #dropped: Promise<void> = Promise.resolve();
  #ticket = 0;
  /** Position up to which the rows of the journal have been made that nobody commits. */
  #explained: number;
  /** Ends copies. */
  readonly #closing = new AbortController();

  constructor(
    environment: LmdbEnvironment,
    { table, meta, older }: StoreParts,
    { writing, sealing, onGap }: StoreManner,
  ) {
    super(table);
    this.#rowsOf = sealing?.rowsOf ?? rowsOfRecord;
    this.#lettersMax = sealing?.lettersMax;
    this.#environment = environment;
    this.#older = older;
    this.#writing = writing;
    this.journal = new SplitJournal(older, writing?.files ?? storedSegments(environment.folder, onGap));
    this.#held = new HeldCommits(
      {
        commit: (ticket, writes) => environment.submit(ticket, writes),
        stamp: (position) => environment.collect(() => meta.put(nameKey(META.rowsTo), float64(position))),
        onFailure: (error) => this.fail(error),
      },
      this.journal.end,
    );
    this.#explained = numberOf(meta, META.rowsTo) ?? older.end;
  }

  /** Makes the rows that follow from the end of the journal and were not on the disk when the last run ended. */
  async catchUp(): Promise<void> {
    this.takeIn();
    faultPoint('catchUp.begun');
    await this.#held.settled();
    faultPoint('catchUp.done');
  }

  /** Makes the rows of what has come into the journal by another way than a commit. */
  takeIn(): void {
    for (const { position, count, bytes } of this.journal.from(this.#explained)) {
      const ticket = ++this.#ticket;
      const writes = this.#collect(this.#rowsBehind(bytes), ticket);
      this.#held.add({ ticket, position: position + count, writes });
    }
    this.#explained = this.journal.end;
  }

  /**
   * Rows of a record of the journal; none of one that cannot be read, which is named by whoever replays it. Throws for one of a later version,
   * which would count as carried out.
   */
  #rowsBehind(bytes: Uint8Array): CommitBatch {
    try {
      return this.#rowsOf(bytes);
    } catch (error) {
      if (error instanceof LaterVersionError) throw error;
      return {};
    }
  }

  /** As `catchUp`, in memory alone. */
  explain(): void {
    for (const { bytes } of this.journal.from(this.#explained)) {
      this.#collect(this.#rowsBehind(bytes), Number.MAX_SAFE_INTEGER);
    }
  }

  /** All entries before `position` are on the disk. */
  journalDurable(position: number): void {
    this.#held.journalDurable(position);
  }

  /** Nothing is acknowledged any more. */
  fail(error: Error): void {
    this.#held.fail(error);
    this.#writing?.files.fail(error);
  }

  get isEncrypted(): boolean {
    return false;
  }

  get waitsForDisk(): boolean {
    return this.#writing?.stalls.isAny ?? false;
  }

  sealBlob(key: string, bytes: Uint8Array): BlobRow & { readonly bytes: Uint8Array } {
    const sealed = seal(blobKey(key), bytes);
    return { key, bytes: unsealed(sealed), sealed };
  }

  record(entries: readonly JournalEntry[], atMs: number | undefined): Uint8Array {
    return encodeRecord(entries, atMs);
  }

  /** Nothing here is encrypted. */
  erase(): Promise<void> {
    return Promise.resolve();
  }

  /** As `write` says. */
  commit(batch: CommitBatch): Promise<void> {
    this.#environment.checkOpen();
    checkBatch(batch, this.journal.end, this.checkpoint, this.#lettersMax);
    const files = this.#files();
    const ticket = ++this.#ticket;
    const writes = this.#collect(batch, ticket);
    if (batch.journal) files.append(batch.journal.count, batch.journal.bytes);
    const rows = { ticket, position: files.end, writes };
    if (batch.rowsFollow !== true) return this.#committed(this.#held.addUrgent(rows), batch.dropBefore);
    this.#held.add(rows);
    return new Promise((resolve, reject) => files.whenDurable(rows.position, resolve, reject));
  }

  waitsForGroup(gather: () => void): boolean {
    return this.#files().waits(gather);
  }

  /** What makes entries of the journal needless has to be durable before they go. What is committed after a drop is answered after it. */
  #committed(rows: Promise<void>, dropBefore: number | undefined): Promise<void> {
    if (dropBefore !== undefined) {
      // What cannot be removed now goes with what is dropped next.
      this.#dropped = rows.then(() => this.#files().drop(dropBefore)).catch(() => undefined);
    }
    const dropped = this.#dropped;
    return rows.then(() => dropped);
  }

  #files(): WrittenJournal {
    if (this.#writing === undefined)
      throw new Error(`the store in ${this.#environment.folder} was opened for reading`);
    return this.#writing.files;
  }

  #collect(batch: CommitBatch, ticket: number): readonly TableWrite[] {
    return this.#environment.collect(() => {
      if (batch.dropBefore !== undefined) this.#dropOlder(batch.dropBefore, ticket);
      this.write(batch, ticket);
    });
  }

  /** The last record of the table says where the journal ends, unless its files do. */
  #dropOlder(before: number, ticket: number): void {
    this.#older.drop(before, ticket, before >= this.#files().start);
  }

  override settle(ticket: number): void {
    this.#older.settle(ticket);
    super.settle(ticket);
  }

  override readAhead(from: VerifyPlace | undefined, limit: number): Promise<void> {
    this.#environment.checkOpen();
    return this.#environment.reading(super.readAhead(from, limit));
  }

  override readUsersAhead(userIds: readonly string[]): Promise<void> {
    this.#environment.checkOpen();
    return this.#environment.reading(super.readUsersAhead(userIds));
  }

  copyTo(folder: string, signal?: AbortSignal): Promise<number> {
    this.#environment.checkOpen();
    const ended =
      signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    const copied = this.#copy(folder, ended);
    void this.#environment.reading(copied.then(() => undefined)).catch(() => undefined);
    return copied;
  }

  /** Tables first, with all rows committed by now: the journal in the copy explains all of them, and may go on behind them. */
  async #copy(folder: string, signal: AbortSignal): Promise<number> {
    const files = this.#files();
    const release = files.hold();
    try {
      await unlessAborted(
        files.idle().then(() => this.#held.settled()),
        signal,
      );
      await this.#environment.copyTo(folder);
      return await files.copyTo(journalFolder(folder), signal);
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error(`the store in ${this.#environment.folder} was closed`));
    await this.#writing?.files.drain();
    this.#held.flush();
    this.#held.stop();
    await this.#writing?.files.close();
    await this.#environment.close();
  }
}

/** As `work`, or rejects with the reason of `signal` when that is raised first. */
function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, aborted]);
}

function rowsOfRecord(bytes: Uint8Array): CommitBatch {
  return rowsOfEntries(decodeRecord(bytes), recordTime(bytes) ?? 0);
}
