import { SHARD_TABLES } from './store-tables.js';
import type { DiskSpace } from '../../../metrics/process/disk-space.js';
import { checkBatch } from '../batch-check.js';
import { blobKey, keyAfterPrefix, nameKey, readBlobKey, readName } from '../keys.js';
import { LmdbEnvironment, removeLockFile, unreadable } from './lmdb-environment.js';
import { LmdbEventIds } from './lmdb-event-ids.js';
import { LmdbJournal } from './lmdb-journal.js';
import { LmdbRows } from './lmdb-rows.js';
import { LmdbSessions } from './lmdb-sessions.js';
import { countStates, LmdbStates } from './lmdb-states.js';
import { SealedTable } from './sealed-table.js';
import { settleIdentity } from './identity-row.js';
import type { StoreIdentity } from '../store-marks.js';
import { readSchema, settleSchema } from './store-schema.js';
import type { DamageListener, SetAsideRow } from '../damage.js';
import { decodeSetAside, encodeSetAside, setAsideKey } from '../set-aside-record.js';
import type { EventIdRow, SessionRow, UserRow } from '../shard-states.js';
import { seal, unsealed } from '../seal.js';
import type { BlobRow, CommitBatch, ShardStore, VerifyBite, VerifyPlace } from '../store.js';

/**
 * Version of the tables inside a shard's store. 2: user states in two generations, of which schema 1 had the first alone.
 * 3: values have checksums, those written before stay as they are; damaged records are kept in a table of their own.
 * 4: records of the journal have a checksum and entries that are no events, which earlier versions would set aside.
 */
export const STORE_SCHEMA = 4;

export interface LmdbStoreOptions {
  /** Made when it is missing. One thread of one process opens it at a time. */
  readonly folder: string;
  /** Address space reserved for the file, bytes; default 64 GiB, of which nothing is allocated. */
  readonly mapBytes?: number;
  /** Of the disk of `folder`; default its own. */
  readonly space?: DiskSpace;
  /** Which store it is from now on; without one it says what it said. */
  readonly identity?: StoreIdentity;
  /** Called when the disk begins not to take commits (true), and when it does again. */
  readonly onWait?: (waits: boolean) => void;
  /** Hears of each damaged row that is read, also while the store is being opened. */
  readonly damaged?: DamageListener;
}

/**
 * A shard's store on disk: one LMDB environment, in which every commit is (part of) one transaction. Commits of one
 * turn of the event loop share a transaction and its sync. The thread never waits for the disk, except in here, at open.
 * What is committed but not yet visible in LMDB is kept in overlays that reads consult first.
 *
 * @throws StartupError `store_unreadable`, `store_schema_newer`, `disk_full`
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<ShardStore> {
  let store: LmdbStore | undefined;
  const { onWait } = options;
  const environment = await LmdbEnvironment.open(options, {
    onDurable: (ticket) => store?.settle(ticket),
    onStall: (reason) => onWait?.(reason !== undefined),
  });
  try {
    await settleSchema(environment, STORE_SCHEMA);
    if (options.identity) await settleIdentity(environment, options.identity);
    store = new LmdbStore(environment, options.damaged);
    return store;
  } catch (error) {
    await environment.close();
    throw unreadable(options.folder, error);
  }
}

/**
 * Opens a shard's store for reading only: commits are refused, nothing is changed. The caller closes it.
 *
 * @throws StartupError `store_unreadable`, also for a store of an earlier schema, which lacks tables
 */
export async function readLmdbStore(folder: string, damaged?: DamageListener): Promise<ShardStore> {
  const environment = await LmdbEnvironment.open({ folder });
  try {
    return new LmdbStore(environment, damaged);
  } catch (error) {
    await environment.close();
    throw unreadable(folder, error);
  }
}

/** Threads of libuv's pool, by default: as many users are read ahead at a time. */
const AHEAD_THREADS = 4;

/** What a copy made by `copyTo` holds. */
export interface LmdbCopy {
  readonly storeSchema: number;
  readonly users: number;
  readonly sessions: number;
  readonly journalEnd: number;
  readonly checkpoint: number;
}

/**
 * Reads positions and counts of a copy that nothing has open; costs a few page reads, whatever its size.
 * @throws StartupError `store_unreadable`
 */
export async function describeLmdbCopy(folder: string): Promise<LmdbCopy> {
  const environment = await LmdbEnvironment.open({ folder });
  try {
    const meta = new SealedTable(environment, 'meta');
    return {
      storeSchema: readSchema(meta) ?? 0,
      users: countStates(environment, meta),
      sessions: environment.table('sessions').count(),
      journalEnd: new LmdbJournal(new SealedTable(environment, 'journal')).end,
      checkpoint: meta.get(nameKey('checkpoint'))?.readDoubleLE(0) ?? 0,
    };
  } finally {
    await environment.close();
    await removeLockFile(folder);
  }
}

class LmdbStore implements ShardStore {
  readonly #environment: LmdbEnvironment;
  readonly #meta: SealedTable;
  readonly journal: LmdbJournal;
  readonly #sessions: LmdbSessions;
  readonly #eventIds: LmdbEventIds;
  readonly #states: LmdbStates;
  readonly #aliases: LmdbRows;
  readonly #blobs: LmdbRows;
  readonly #setAside: LmdbRows;
  readonly #verified: readonly SealedTable[];
  #checkpoint: number;
  #ticket = 0;

  constructor(environment: LmdbEnvironment, damaged: DamageListener | undefined) {
    const tables = new Map<string, SealedTable>();
    const table = (name: string) => {
      const known = tables.get(name) ?? new SealedTable(environment, name, damaged);
      tables.set(name, known);
      return known;
    };
    this.#environment = environment;
    this.#meta = table('meta');
    this.journal = new LmdbJournal(table('journal'));
    this.#sessions = new LmdbSessions(table('sessions'));
    this.#eventIds = new LmdbEventIds([table('eventIds0'), table('eventIds1')], this.#meta);
    this.#states = new LmdbStates(table, this.#meta);
    this.#aliases = new LmdbRows(table('aliases'), nameKey, readName);
    this.#blobs = new LmdbRows(table('blobs'), blobKey, readBlobKey);
    this.#setAside = new LmdbRows(table('setAside'), blobKey, readBlobKey);
    this.#verified = SHARD_TABLES.map(table);
    this.#checkpoint = this.#meta.get(nameKey('checkpoint'))?.readDoubleLE(0) ?? 0;
  }

  get checkpoint(): number {
    return this.#checkpoint;
  }

  get waitsForDisk(): boolean {
    return this.#environment.isStalled;
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

  /** The parts of a batch apply in the order of `#write`; of two rows for one key the later wins. */
  commit(batch: CommitBatch): Promise<void> {
    this.#environment.checkOpen();
    checkBatch(batch, this.journal.end, this.#checkpoint);
    const ticket = ++this.#ticket;
    return this.#environment.commit(ticket, () => this.#write(batch, ticket));
  }

  #write(batch: CommitBatch, ticket: number): void {
    if (batch.journal) this.journal.append(batch.journal.count, batch.journal.bytes, ticket);
    if (batch.dropBefore !== undefined) this.journal.drop(batch.dropBefore, ticket);
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

  #setUser(userId: string, bytes: Uint8Array | undefined, ticket: number): void {
    this.#states.set(userId, bytes, ticket);
    if (!bytes) this.#sessions.removeOf(userId, ticket);
  }

  #setCheckpoint(position: number): void {
    this.#checkpoint = position;
    const value = Buffer.allocUnsafe(8);
    value.writeDoubleLE(position, 0);
    this.#meta.put(nameKey('checkpoint'), value);
  }

  /** Everything up to `ticket` is durable and visible in the tables. */
  settle(ticket: number): void {
    this.journal.settle(ticket);
    this.#sessions.settle(ticket);
    this.#eventIds.settle(ticket);
    this.#states.settle(ticket);
    this.#aliases.settle(ticket);
    this.#blobs.settle(ticket);
    this.#setAside.settle(ticket);
  }

  copyTo(folder: string): Promise<void> {
    return this.#environment.copyTo(folder);
  }

  close(): Promise<void> {
    return this.#environment.close();
  }
}
