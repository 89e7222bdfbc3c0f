import type { SetAsideRow } from '../../damage.js';
import { blobKey, keyAfterPrefix, nameKey, readBlobKey, readName } from '../../keys.js';
import { decodeSetAside, encodeSetAside, setAsideKey } from '../../set-aside-record.js';
import type { EventIdRow, SessionRow, ShardStates, UserRow } from '../../shard-states.js';
import type { CommitBatch, VerifyBite, VerifyPlace } from '../../store.js';
import { LmdbEventIds } from './lmdb-event-ids.js';
import { LmdbRows } from './lmdb-rows.js';
import { LmdbSessions } from './lmdb-sessions.js';
import { LmdbStates } from './lmdb-states.js';
import { float64, numberOf } from './meta-numbers.js';
import type { SealedTable } from './sealed-table.js';
import { SHARD_TABLES } from './store-tables.js';

/** Threads of libuv's pool, by default: as many users are read ahead at a time. */
const AHEAD_THREADS = 4;

/** What the tables of a shard's store hold, what was written and is not in them yet included. */
export class ShardRows implements ShardStates {
  readonly #meta: SealedTable;
  readonly #sessions: LmdbSessions;
  readonly #eventIds: LmdbEventIds;
  readonly #states: LmdbStates;
  readonly #aliases: LmdbRows;
  readonly #blobs: LmdbRows;
  readonly #setAside: LmdbRows;
  readonly #verified: readonly SealedTable[];
  #checkpoint: number;

  /** `table` gives a table by its name, always the same one. */
  constructor(table: (name: string) => SealedTable) {
    this.#meta = table('meta');
    this.#sessions = new LmdbSessions(table('sessions'));
    this.#eventIds = new LmdbEventIds([table('eventIds0'), table('eventIds1')], this.#meta);
    this.#states = new LmdbStates(table, this.#meta);
    this.#aliases = new LmdbRows(table('aliases'), nameKey, readName);
    this.#blobs = new LmdbRows(table('blobs'), blobKey, readBlobKey);
    this.#setAside = new LmdbRows(table('setAside'), blobKey, readBlobKey);
    this.#verified = SHARD_TABLES.map(table);
    this.#checkpoint = numberOf(this.#meta, 'checkpoint') ?? 0;
  }

  get checkpoint(): number {
    return this.#checkpoint;
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

  visitorsOf(userId: string): string[] {
    return [...this.aliases()].filter(({ to }) => to === userId).map((row) => row.userId);
  }

  readAhead(from: VerifyPlace | undefined, limit: number): Promise<void> {
    const { table, after } = from ?? { table: 0, after: undefined };
    return this.#verified[table].readAhead(after, limit);
  }

  async readUsersAhead(userIds: readonly string[]): Promise<void> {
    const each = Math.max(1, Math.ceil(userIds.length / AHEAD_THREADS));
    const parts = Array.from({ length: AHEAD_THREADS }, (_, i) => userIds.slice(i * each, (i + 1) * each));
    await Promise.all(parts.map((part) => this.#states.readAhead(part)));
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

  /**
   * Writes all of a batch but its journal. The parts apply in the order in which they stand here; of two rows for one key the later
   * wins. They are read from memory until `settle`.
   */
  write(batch: CommitBatch, ticket: number): void {
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
    this.#meta.put(nameKey('checkpoint'), float64(position));
  }

  /** Everything up to `ticket` is durable and visible in the tables. */
  settle(ticket: number): void {
    this.#sessions.settle(ticket);
    this.#eventIds.settle(ticket);
    this.#states.settle(ticket);
    this.#aliases.settle(ticket);
    this.#blobs.settle(ticket);
    this.#setAside.settle(ticket);
  }
}
