import { META, SHARD_TABLES } from './store-tables.js';
import type { DiskSpace } from '../../../metrics/process/disk-space.js';
import { faultPoint } from '../../../metrics/process/fault-point.js';
import { checkBatch } from '../batch-check.js';
import { rowsOfEntries } from '../entries/entry-rows.js';
import type { FileJournal, WrittenJournal } from '../journal-file/file-journal.js';
import { type JournalMarks, openJournal } from '../journal-file/open-journal.js';
import { journalFolder, storedSegments } from '../journal-file/journal-folder.js';
import type { GapListener } from '../journal-file/segment-scan.js';
import type { JournalEntry } from '../journal-entry.js';
import { decodeRecord, encodeRecord, recordTime } from '../journal-record.js';
import { openVault, readVault, refuseWithoutKeys, type Sealing } from '../vault/open-vault.js';
import { installedRing } from '../vault/installed-ring.js';
import { blobKey, keyAfterPrefix, nameKey, readBlobKey, readName } from '../keys.js';
import { HeldCommits } from './commits/held-commits.js';
import { Stalls } from './commits/stalls.js';
import { SplitJournal } from './split-journal.js';
import { LmdbEnvironment, unreadable } from './lmdb-environment.js';
import { LmdbEventIds } from './lmdb-event-ids.js';
import { LmdbJournal } from './lmdb-journal.js';
import { LmdbRows } from './lmdb-rows.js';
import { LmdbSessions } from './lmdb-sessions.js';
import { LmdbStates } from './lmdb-states.js';
import { SealedTable } from './sealed-table.js';
import { settleIdentity } from './identity-row.js';
import type { StoreIdentity } from '../store-marks.js';
import { settleSchema } from './store-schema.js';
import type { DamageListener, SetAsideRow } from '../damage.js';
import { decodeSetAside, encodeSetAside, setAsideKey } from '../set-aside-record.js';
import type { EventIdRow, SessionRow, UserRow } from '../shard-states.js';
import { seal, unsealed } from '../seal.js';
import type { BlobRow, CommitBatch, ShardStore, VerifyBite, VerifyPlace } from '../store.js';

/**
 * Version of the tables inside a shard's store. 2: user states in two generations, of which schema 1 had the first alone.
 * 3: values have checksums, those written before stay as they are; damaged records are kept in a table of their own.
 * 5: records of the journal are in files beside the tables (`journal-file/`); those written before stay in their table.
 * 4: records of the journal have a checksum and entries that are no events, which earlier versions would set aside.
 */
export const STORE_SCHEMA = 5;

export interface LmdbStoreOptions {
  /** Made when it is missing. One thread of one process opens it at a time. */
  readonly folder: string;
  /** Address space reserved for the file, bytes; default 64 GiB, of which nothing is allocated. */
  readonly mapBytes?: number;
  /** Of the disk of `folder`; default its own. */
  readonly space?: DiskSpace;
  /** Which store it is from now on; without one it says what it said. */
  readonly identity?: StoreIdentity;
  /** Called when the disk begins not to take commits, with the reason, and with undefined when it does again. */
  readonly onWait?: (reason: Error | undefined) => void;
  /** Hears of each damaged row that is read, also while the store is being opened. */
  readonly damaged?: DamageListener;
  /** Of a file of the journal: what is dropped at a time. Default 8 MiB. */
  readonly segmentBytes?: number;
  /**
   * Where the journal is kept elsewhere as well: brings the files, which are a copy of its front, up to its end, and gives out what is
   * written in their place. That writes to the files what it has kept, and closes them. Rows wait for the files, acknowledgements for
   * what this says. When it rejects, so does the opening. What the files get by another way than a commit has no rows before `explain`
   * is called, which can be once the store is open.
   */
  readonly replicate?: (files: FileJournal, explain: () => void) => Promise<WrittenJournal>;
}

/**
 * A shard's store on disk: one LMDB environment, in which every commit is (part of) one transaction. Commits of one
 * turn of the event loop share a transaction and its sync. The thread never waits for the disk, except in here, at open.
 * What is committed but not yet visible in LMDB is kept in overlays that reads consult first.
 *
 * @throws StartupError `store_unreadable`, `store_schema_newer`, `disk_full`
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<ShardStore> {
  const ring = installedRing();
  if (ring !== undefined)
    return openVault(ring, options, (sealing) => openTables({ ...options, ...sealing }, sealing));
  const store = await openTables(options);
  return refuseWithoutKeys(store, options.folder);
}

async function openTables(options: LmdbStoreOptions, sealing?: Sealing): Promise<LmdbStore> {
  let store: LmdbStore | undefined;
  const stalls = new Stalls(options.onWait);
  const environment = await LmdbEnvironment.open(options, {
    onDurable: (ticket) => store?.settle(ticket),
    onStall: (reason) => stalls.tell('tables', reason),
  });
  try {
    await settleSchema(environment, STORE_SCHEMA);
    if (options.identity) await settleIdentity(environment, options.identity);
    const parts = partsOf(environment, options.damaged);
    const files = await openJournal(options.folder, marksOf(environment, parts), {
      onDurable: (position) => store?.journalDurable(position),
      onStall: (reason) => stalls.tell('journal', reason),
      onFailure: (error) => store?.fail(error),
      onGap: gapListener(options.damaged),
      ...(options.segmentBytes !== undefined && { segmentBytes: options.segmentBytes }),
    });
    const journal = await replicated(files, options.replicate, () => store?.takeIn());
    store = new LmdbStore(environment, parts, { writing: { files: journal, stalls }, sealing });
    await store.catchUp();
    return store;
  } catch (error) {
    await environment.close();
    throw unreadable(options.folder, error);
  }
}

async function replicated(
  files: FileJournal,
  replicate: LmdbStoreOptions['replicate'],
  explain: () => void,
): Promise<WrittenJournal> {
  if (replicate === undefined) return files;
  try {
    return await replicate(files, explain);
  } catch (error) {
    await files.close();
    throw error;
  }
}

/**
 * Opens a shard's store for reading only: commits are refused, nothing is changed. Rows that its journal explains and its tables do
 * not have yet are read as if they had them. Nothing else may have it open. The caller closes it.
 *
 * @throws StartupError `store_unreadable`, also for a store of an earlier schema, which lacks tables
 */
export async function readLmdbStore(folder: string, damaged?: DamageListener): Promise<ShardStore> {
  const ring = installedRing();
  if (ring !== undefined)
    return readVault(ring, { folder, damaged }, (sealing) => readTables(folder, sealing.damaged, sealing));
  return refuseWithoutKeys(await readTables(folder, damaged), folder);
}

async function readTables(folder: string, damaged?: DamageListener, sealing?: Sealing): Promise<LmdbStore> {
  const environment = await LmdbEnvironment.open({ folder });
  try {
    const store = new LmdbStore(environment, partsOf(environment, damaged), {
      sealing,
      onGap: gapListener(damaged),
    });
    store.explain();
    return store;
  } catch (error) {
    await environment.close();
    throw unreadable(folder, error);
  }
}

/** Threads of libuv's pool, by default: as many users are read ahead at a time. */
const AHEAD_THREADS = 4;

/** The tables of a store, and what is in them. */
interface StoreParts {
  readonly table: (name: string) => SealedTable;
  readonly meta: SealedTable;
  readonly older: LmdbJournal;
}

function partsOf(environment: LmdbEnvironment, damaged: DamageListener | undefined): StoreParts {
  const tables = new Map<string, SealedTable>();
  const table = (name: string) => {
    const known = tables.get(name) ?? new SealedTable(environment, name, damaged);
    tables.set(name, known);
    return known;
  };
  return { table, meta: table('meta'), older: new LmdbJournal(table('journal')) };
}

/** The journal's files begin where the table of earlier versions ends. */
function marksOf(environment: LmdbEnvironment, { meta, older }: StoreParts): JournalMarks {
  return {
    id: meta.get(nameKey(META.journalId)),
    isKnown: meta.has(nameKey(META.journalId)),
    epoch: numberOf(meta, META.journalEpoch) ?? 0,
    first: Math.max(older.end, numberOf(meta, META.rowsTo) ?? 0),
    settle: (id, epoch) =>
      environment.commit(0, () => {
        meta.put(nameKey(META.journalId), Buffer.from(id));
        meta.put(nameKey(META.journalEpoch), float64(epoch));
      }),
  };
}

/** Names entries of the journal that cannot be read as a damaged row is named. */
function gapListener(damaged: DamageListener = () => undefined): GapListener {
  return (from, to) => {
    const reason = `the entries from ${from} to ${to - 1} are damaged`;
    damaged({ kind: 'journal', names: [String(from)], reason, bytes: new Uint8Array(0) });
  };
}

/** How a store is opened. */
interface StoreManner {
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

class LmdbStore implements ShardStore {
  readonly #environment: LmdbEnvironment;
  readonly #meta: SealedTable;
  readonly journal: SplitJournal;
  readonly #older: LmdbJournal;
  readonly #writing: Writing | undefined;
  readonly #held: HeldCommits;
  readonly #rowsOf: (bytes: Uint8Array) => CommitBatch;
  readonly #lettersMax: number | undefined;
  readonly #sessions: LmdbSessions;
  readonly #eventIds: LmdbEventIds;
  readonly #states: LmdbStates;
  readonly #aliases: LmdbRows;
  readonly #blobs: LmdbRows;
  readonly #setAside: LmdbRows;
  readonly #verified: readonly SealedTable[];
  #checkpoint: number;
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
    this.#rowsOf = sealing?.rowsOf ?? rowsOfRecord;
    this.#lettersMax = sealing?.lettersMax;
    this.#environment = environment;
    this.#meta = meta;
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
    this.#sessions = new LmdbSessions(table('sessions'));
    this.#eventIds = new LmdbEventIds([table('eventIds0'), table('eventIds1')], this.#meta);
    this.#states = new LmdbStates(table, this.#meta);
    this.#aliases = new LmdbRows(table('aliases'), nameKey, readName);
    this.#blobs = new LmdbRows(table('blobs'), blobKey, readBlobKey);
    this.#setAside = new LmdbRows(table('setAside'), blobKey, readBlobKey);
    this.#verified = SHARD_TABLES.map(table);
    this.#checkpoint = this.#meta.get(nameKey('checkpoint'))?.readDoubleLE(0) ?? 0;
    this.#explained = numberOf(this.#meta, META.rowsTo) ?? this.#older.end;
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
      const writes = this.#environment.collect(() => this.#write(this.#rowsBehind(bytes), ticket));
      this.#held.add({ ticket, position: position + count, writes });
    }
    this.#explained = this.journal.end;
  }

  /** Rows of a record of the journal; none of one that cannot be read, which is named by whoever replays it. */
  #rowsBehind(bytes: Uint8Array): CommitBatch {
    try {
      return this.#rowsOf(bytes);
    } catch {
      return {};
    }
  }

  /** As `catchUp`, in memory alone. */
  explain(): void {
    for (const { bytes } of this.journal.from(this.#explained)) {
      const rows = this.#rowsBehind(bytes);
      this.#environment.collect(() => this.#write(rows, Number.MAX_SAFE_INTEGER));
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

  get checkpoint(): number {
    return this.#checkpoint;
  }

  get isEncrypted(): boolean {
    return false;
  }

  get waitsForDisk(): boolean {
    return this.#writing?.stalls.isAny ?? false;
  }

  get statesModel(): number {
    return this.#states.model;
  }

  get hasRetired(): boolean {
    return this.#states.hasRetired;
  }

  user(userId: string): Uint8Array | undefined {
    return this.#states.get(userId);
  }

  rebuilt(userId: string): Uint8Array | undefined {
    return this.#states.rebuilt(userId);
  }

  isRetired(userId: string): boolean {
    return this.#states.isRetired(userId);
  }

  retired(after: string): Iterable<UserRow> {
    return this.#states.retired(after);
  }

  sessionSeq(userId: string, sessionId: string): number | undefined {
    return this.#sessions.seq(userId, sessionId);
  }

  hasEventId(userId: string, eventId: string): boolean {
    return this.#eventIds.has(userId, eventId);
  }

  eventIdsOf(userId: string, countMax: number): string[] {
    return this.#eventIds.of(userId, countMax);
  }

  alias(userId: string): string | undefined {
    return this.#aliases.get(userId)?.toString('utf16le');
  }

  blob(key: string): Uint8Array | undefined {
    return this.#blobs.get(key);
  }

  blobs(prefix: string): Iterable<{ readonly key: string; readonly bytes: Uint8Array }> {
    const start = Buffer.from(blobKey(prefix));
    return this.#blobs.entries((key) => key.startsWith(prefix), start, keyAfterPrefix(start));
  }

  users(): Iterable<UserRow> {
    return this.#states.entries();
  }

  userNames(after: string): Iterable<string> {
    return this.#states.names(after);
  }

  sessions(): Iterable<SessionRow> {
    return this.#sessions.entries();
  }

  sessionsAfter(after: Pick<SessionRow, 'userId' | 'sessionId'> | undefined): Iterable<SessionRow> {
    return this.#sessions.after(after);
  }

  eventIds(): Iterable<EventIdRow> {
    return this.#eventIds.entries();
  }

  *aliases(): Generator<{ readonly userId: string; readonly to: string }> {
    for (const { key, bytes } of this.#aliases.entries(() => true))
      yield { userId: key, to: bytes.toString('utf16le') };
  }

  *setAside(): Generator<SetAsideRow> {
    for (const { bytes } of this.#setAside.entries(() => true)) {
      const row = decodeSetAside(bytes);
      if (row !== undefined) yield row;
    }
  }

  readAhead(from: VerifyPlace | undefined, limit: number): Promise<void> {
    this.#environment.checkOpen();
    const { table, after } = from ?? { table: 0, after: undefined };
    return this.#environment.reading(this.#verified[table].readAhead(after, limit));
  }

  readUsersAhead(userIds: readonly string[]): Promise<void> {
    this.#environment.checkOpen();
    const each = Math.max(1, Math.ceil(userIds.length / AHEAD_THREADS));
    const parts = Array.from({ length: AHEAD_THREADS }, (_, i) => userIds.slice(i * each, (i + 1) * each));
    const read = Promise.all(parts.map((part) => this.#states.readAhead(part)));
    return this.#environment.reading(read.then(() => undefined));
  }

  verify(from: VerifyPlace | undefined, limit: number): VerifyBite {
    const { table, after } = from ?? { table: 0, after: undefined };
    const bite = this.#verified[table].verify(after, limit);
    const { count, bytes } = bite;
    if (bite.after !== undefined) return { count, bytes, next: { table, after: bite.after } };
    return {
      count,
      bytes,
      next: table + 1 < SHARD_TABLES.length ? { table: table + 1, after: undefined } : undefined,
    };
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

  visitorsOf(userId: string): string[] {
    return [...this.aliases()].filter(({ to }) => to === userId).map((row) => row.userId);
  }

  /** The parts of a batch apply in the order of `#write`; of two rows for one key the later wins. */
  commit(batch: CommitBatch): Promise<void> {
    this.#environment.checkOpen();
    checkBatch(batch, this.journal.end, this.#checkpoint, this.#lettersMax);
    const files = this.#files();
    const ticket = ++this.#ticket;
    const writes = this.#environment.collect(() => this.#write(batch, ticket));
    if (batch.journal) files.append(batch.journal.count, batch.journal.bytes);
    const rows = { ticket, position: files.end, writes };
    if (batch.rowsFollow !== true) return this.#committed(this.#held.addUrgent(rows), batch.dropBefore);
    this.#held.add(rows);
    return new Promise((resolve, reject) => files.whenDurable(rows.position, resolve, reject));
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

  #write(batch: CommitBatch, ticket: number): void {
    if (batch.dropBefore !== undefined) this.#dropOlder(batch.dropBefore, ticket);
    for (const row of batch.eventIds ?? []) this.#eventIds.add(row.userId, row.eventId, row.atMs, ticket);
    for (const row of batch.users ?? []) this.#setUser(row.userId, row.bytes, ticket);
    for (const row of batch.sessions ?? []) this.#sessions.set(row, ticket);
    for (const row of batch.rebuilt ?? []) this.#states.setRebuilt(row.userId, row.bytes, ticket);
    if (batch.states) this.#states.change(batch.states, ticket);
    for (const { userId, to } of batch.aliases ?? [])
      this.#aliases.set(userId, to === undefined ? undefined : Buffer.from(to, 'utf16le'), ticket);
    for (const row of batch.blobs ?? [])
      if (row.sealed === undefined) this.#blobs.set(row.key, row.bytes, ticket);
      else this.#blobs.setSealed(row.key, row.sealed, ticket);
    for (const row of batch.setAside ?? []) this.#setAside.set(setAsideKey(row), encodeSetAside(row), ticket);
    if (batch.checkpoint !== undefined) this.#setCheckpoint(batch.checkpoint);
  }

  /** The last record of the table says where the journal ends, unless its files do. */
  #dropOlder(before: number, ticket: number): void {
    this.#older.drop(before, ticket, before >= this.#files().start);
  }

  #setUser(userId: string, bytes: Uint8Array | undefined, ticket: number): void {
    this.#states.set(userId, bytes, ticket);
    if (!bytes) this.#sessions.removeOf(userId, ticket);
  }

  #setCheckpoint(position: number): void {
    this.#checkpoint = position;
    this.#meta.put(nameKey('checkpoint'), float64(position));
  }

  /** Everything up to `ticket` is durable and visible in the tables. */
  settle(ticket: number): void {
    this.#older.settle(ticket);
    this.#sessions.settle(ticket);
    this.#eventIds.settle(ticket);
    this.#states.settle(ticket);
    this.#aliases.settle(ticket);
    this.#blobs.settle(ticket);
    this.#setAside.settle(ticket);
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

function numberOf(meta: SealedTable, name: string): number | undefined {
  return meta.get(nameKey(name))?.readDoubleLE(0);
}

function float64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value, 0);
  return bytes;
}
