import { SmallMap } from '../../../metrics/collections/small-map.js';
import { pairName } from '../keys.js';
import { checkBatch } from '../batch-check.js';
import type { JournalEntry } from '../journal-entry.js';
import { encodeRecord } from '../journal-record.js';
import { MemoryJournal } from './memory-journal.js';
import { MemoryStates } from './memory-states.js';
import type { SetAsideRow } from '../damage.js';
import { setAsideKey } from '../set-aside-record.js';
import type { EventIdRow, SessionRow, UserRow } from '../shard-states.js';
import type { CommitBatch, ShardStore, VerifyBite } from '../store.js';

const DAY_MS = 86_400_000;

/** A shard's store without a disk, for tests and offline evaluation: `commit` resolves on a microtask, nothing outlives the process. */
export function openMemoryStore(): ShardStore {
  return new MemoryStore();
}

class MemoryStore implements ShardStore {
  readonly journal = new MemoryJournal();
  /** By user, then by session. */
  readonly #sessions = new Map<string, SmallMap<string, SessionRow>>();
  /** By user and event id; `atMs` is the beginning of the day. */
  readonly #eventIds = new Map<string, EventIdRow>();
  readonly #states = new MemoryStates();
  readonly #aliases = new Map<string, string>();
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #setAside = new Map<string, SetAsideRow>();
  #newestDay = 0;
  #checkpoint = 0;
  #isClosed = false;

  get checkpoint(): number {
    return this.#checkpoint;
  }

  get isEncrypted(): boolean {
    return false;
  }

  get waitsForDisk(): boolean {
    return false;
  }

  get statesModel(): number {
    return this.#states.model;
  }

  get hasRetired(): boolean {
    return this.#states.hasRetired;
  }

  user(userId: string): Uint8Array | undefined {
    return copyOf(this.#states.get(userId));
  }

  rebuilt(userId: string): Uint8Array | undefined {
    return copyOf(this.#states.rebuilt(userId));
  }

  isRetired(userId: string): boolean {
    return this.#states.isRetired(userId);
  }

  retired(after: string): Iterable<UserRow> {
    return this.#states.retired(after);
  }

  sessionSeq(userId: string, sessionId: string): number | undefined {
    return this.#sessions.get(userId)?.get(sessionId)?.seq;
  }

  hasEventId(userId: string, eventId: string): boolean {
    const row = this.#eventIds.get(pairName(userId, eventId));
    return row !== undefined && this.#isKept(row);
  }

  eventIdsOf(userId: string, countMax: number): string[] {
    const kept = [...this.#eventIds.values()].filter((row) => row.userId === userId && this.#isKept(row));
    return kept
      .sort((a, b) => b.atMs - a.atMs)
      .slice(0, countMax)
      .map(({ eventId }) => eventId);
  }

  alias(userId: string): string | undefined {
    return this.#aliases.get(userId);
  }

  blob(key: string): Uint8Array | undefined {
    return copyOf(this.#blobs.get(key));
  }

  *blobs(prefix: string): Generator<{ readonly key: string; readonly bytes: Uint8Array }> {
    for (const [key, bytes] of new Map(this.#blobs))
      if (key.startsWith(prefix)) yield { key, bytes: new Uint8Array(bytes) };
  }

  users(): Iterable<UserRow> {
    return this.#states.entries();
  }

  userNames(after: string): Iterable<string> {
    return this.#states.names(after);
  }

  *sessionsAfter(after: Pick<SessionRow, 'userId' | 'sessionId'> | undefined): Generator<SessionRow> {
    const nameOf = ({ userId, sessionId }: Pick<SessionRow, 'userId' | 'sessionId'>) =>
      pairName(userId, sessionId);
    const rows = [...this.sessions()].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    for (const row of rows) if (after === undefined || nameOf(row) > nameOf(after)) yield row;
  }

  *sessions(): Generator<SessionRow> {
    yield* Array.from(this.#sessions.values(), (sessions) => [...sessions.values()]).flat();
  }

  *eventIds(): Generator<EventIdRow> {
    yield* [...this.#eventIds.values()].filter((row) => this.#isKept(row)).sort((a, b) => a.atMs - b.atMs);
  }

  #isKept(row: EventIdRow): boolean {
    return row.atMs >= (this.#newestDay - 1) * DAY_MS;
  }

  *aliases(): Generator<{ readonly userId: string; readonly to: string }> {
    for (const [userId, to] of new Map(this.#aliases)) yield { userId, to };
  }

  *setAside(): Generator<SetAsideRow> {
    yield* Array.from(this.#setAside.values());
  }

  /** Memory is not damaged. */
  verify(): VerifyBite {
    return { count: 0, bytes: 0, next: undefined };
  }

  readAhead(): Promise<void> {
    return Promise.resolve();
  }

  sealBlob(key: string, bytes: Uint8Array): { readonly key: string; readonly bytes: Uint8Array } {
    return { key, bytes };
  }

  readUsersAhead(): Promise<void> {
    return Promise.resolve();
  }

  record(entries: readonly JournalEntry[], atMs: number | undefined): Uint8Array {
    return encodeRecord(entries, atMs);
  }

  erase(): Promise<void> {
    return Promise.resolve();
  }

  visitorsOf(userId: string): string[] {
    return [...this.#aliases].flatMap(([visitor, to]) => (to === userId ? [visitor] : []));
  }

  waitsForGroup(): boolean {
    return false;
  }

  commit(batch: CommitBatch): Promise<void> {
    if (this.#isClosed) throw new Error('the store is closed');
    checkBatch(batch, this.journal.end, this.#checkpoint);
    if (batch.journal) this.journal.append(batch.journal.count, batch.journal.bytes);
    if (batch.dropBefore !== undefined) this.journal.drop(batch.dropBefore);
    for (const row of batch.eventIds ?? []) this.#addEventId(row.userId, row.eventId, row.atMs);
    for (const row of batch.users ?? []) this.#setUser(row.userId, row.bytes);
    for (const row of batch.sessions ?? []) this.#setSession(row);
    for (const row of batch.rebuilt ?? []) this.#states.setRebuilt(row.userId, row.bytes);
    if (batch.states) this.#states.change(batch.states);
    for (const row of batch.aliases ?? []) this.#setAlias(row.userId, row.to);
    for (const row of batch.blobs ?? []) setOrDelete(this.#blobs, row.key, row.bytes);
    for (const row of batch.setAside ?? []) this.#setAside.set(setAsideKey(row), copyOfRow(row));
    this.#checkpoint = batch.checkpoint ?? this.#checkpoint;
    return Promise.resolve();
  }

  #setSession(row: SessionRow): void {
    const sessions = this.#sessions.get(row.userId) ?? new SmallMap<string, SessionRow>();
    sessions.set(row.sessionId, { ...row });
    this.#sessions.set(row.userId, sessions);
  }

  #setAlias(userId: string, to: string | undefined): void {
    if (to === undefined) this.#aliases.delete(userId);
    else this.#aliases.set(userId, to);
  }

  #addEventId(userId: string, eventId: string, atMs: number): void {
    const day = Math.floor(atMs / DAY_MS);
    if (day > this.#newestDay) {
      this.#newestDay = day;
      for (const [name, row] of this.#eventIds) if (!this.#isKept(row)) this.#eventIds.delete(name);
    }
    this.#eventIds.set(pairName(userId, eventId), { userId, eventId, atMs: this.#newestDay * DAY_MS });
  }

  #setUser(userId: string, bytes: Uint8Array | undefined): void {
    this.#states.set(userId, bytes);
    if (!bytes) this.#sessions.delete(userId);
  }

  copyTo(folder: string): Promise<number> {
    return Promise.reject(new Error(`a store in memory cannot be copied to ${folder}: it has no files`));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }
}

/** `slice` of a Buffer would be a view; this is a copy of any byte array. */
function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes);
}

function copyOfRow(row: SetAsideRow): SetAsideRow {
  return { ...row, bytes: new Uint8Array(row.bytes) };
}

function setOrDelete(rows: Map<string, Uint8Array>, key: string, bytes: Uint8Array | undefined): void {
  if (bytes) rows.set(key, new Uint8Array(bytes));
  else rows.delete(key);
}
