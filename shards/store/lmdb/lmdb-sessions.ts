import { keyAfterPrefix, nameKey, pairKey, pairName, readName, readSecondName } from '../keys.js';
import type { LmdbTable } from './lmdb-table.js';
import { Overlay } from './overlay.js';
import type { SessionRow } from '../store.js';

const VALUE_BYTES = 12;

/** The last `seq` of each session: user and session → `u32 seq`, `f64` epoch ms. */
export class LmdbSessions {
  readonly #table: LmdbTable;
  readonly #pending = new Overlay<string, SessionRow>();

  constructor(table: LmdbTable) {
    this.#table = table;
  }

  seq(userId: string, sessionId: string): number | undefined {
    const name = pairName(userId, sessionId);
    if (this.#pending.has(name)) return this.#pending.get(name)?.seq;
    return this.#table.get(pairKey(userId, sessionId))?.readUInt32LE(0);
  }

  set({ userId, sessionId, seq, atMs }: SessionRow, ticket: number): void {
    const value = Buffer.allocUnsafe(VALUE_BYTES);
    value.writeUInt32LE(seq, 0);
    value.writeDoubleLE(atMs, 4);
    this.#table.put(pairKey(userId, sessionId), value);
    this.#pending.set(pairName(userId, sessionId), { userId, sessionId, seq, atMs }, ticket);
  }

  /** All sessions, in no order. */
  *entries(): Generator<SessionRow> {
    const pending = this.#pending.snapshot();
    for (const { key, value } of this.#table.range()) {
      const userId = readName(key);
      const sessionId = readSecondName(key);
      if (pending.has(pairName(userId, sessionId))) continue;
      yield { userId, sessionId, seq: value.readUInt32LE(0), atMs: value.readDoubleLE(4) };
    }
    for (const session of pending.values()) if (session) yield session;
  }

  /** Removes all sessions of a user, those still on their way included. */
  removeOf(userId: string, ticket: number): void {
    const names = new Set<string>();
    const prefix = Buffer.from(nameKey(userId));
    for (const { key } of this.#table.range(prefix, keyAfterPrefix(prefix))) names.add(readSecondName(key));
    for (const session of this.#pending.snapshot().values()) {
      if (session?.userId === userId) names.add(session.sessionId);
    }
    for (const sessionId of names) {
      this.#table.remove(pairKey(userId, sessionId));
      this.#pending.set(pairName(userId, sessionId), undefined, ticket);
    }
  }

  settle(ticket: number): void {
    this.#pending.settle(ticket);
  }
}
