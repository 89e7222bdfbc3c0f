import { keyAfterPrefix, nameKey, pairKey, pairName, readName, readSecondName } from '../../keys.js';
import type { SealedTable } from './sealed-table.js';
import { Overlay } from './overlay.js';
import type { SessionRow } from '../../shard-states.js';

/** Where the parts of a value begin; the last one is there when it is not 0. */
const AT_MS = 4;
const SEQ_HIGH = 12;
const VALUE_BYTES_MAX = 16;

/** The last `seq` of each session: user and session → `u32` lower half of it, `f64` epoch ms, `u32` upper half unless that is 0. */
export class LmdbSessions {
  readonly #table: SealedTable;
  readonly #pending = new Overlay<string, SessionRow>();

  constructor(table: SealedTable) {
    this.#table = table;
  }

  seq(userId: string, sessionId: string): number | undefined {
    const name = pairName(userId, sessionId);
    if (this.#pending.has(name)) return this.#pending.get(name)?.seq;
    const value = this.#table.get(pairKey(userId, sessionId));
    return value && seqIn(value);
  }

  set({ userId, sessionId, seq, atMs }: SessionRow, ticket: number): void {
    this.#table.put(pairKey(userId, sessionId), valueOf(seq, atMs));
    this.#pending.set(pairName(userId, sessionId), { userId, sessionId, seq, atMs }, ticket);
  }

  /** All sessions, in no order. */
  *entries(): Generator<SessionRow> {
    const pending = this.#pending.snapshot();
    for (const { key, value } of this.#table.range()) {
      const userId = readName(key);
      const sessionId = readSecondName(key);
      if (pending.has(pairName(userId, sessionId))) continue;
      yield { userId, sessionId, seq: seqIn(value), atMs: value.readDoubleLE(AT_MS) };
    }
    for (const session of pending.values()) if (session) yield session;
  }

  /** See `ShardStates.sessionsAfter`. */
  *after(last: Pick<SessionRow, 'userId' | 'sessionId'> | undefined): Generator<SessionRow> {
    const start = last && Buffer.from(pairKey(last.userId, last.sessionId));
    for (const { key, value } of this.#table.range(start)) {
      if (start !== undefined && key.equals(start)) continue;
      const userId = readName(key);
      const sessionId = readSecondName(key);
      const name = pairName(userId, sessionId);
      const row = this.#pending.has(name)
        ? this.#pending.get(name)
        : { userId, sessionId, seq: seqIn(value), atMs: value.readDoubleLE(AT_MS) };
      if (row !== undefined) yield row;
    }
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

function valueOf(seq: number, atMs: number): Buffer {
  const high = Math.floor(seq / 2 ** 32);
  const value = Buffer.allocUnsafe(high === 0 ? SEQ_HIGH : VALUE_BYTES_MAX);
  value.writeUInt32LE(seq % 2 ** 32, 0);
  value.writeDoubleLE(atMs, AT_MS);
  if (high > 0) value.writeUInt32LE(high, SEQ_HIGH);
  return value;
}

function seqIn(value: Buffer): number {
  const high = value.length > SEQ_HIGH ? value.readUInt32LE(SEQ_HIGH) : 0;
  return high * 2 ** 32 + value.readUInt32LE(0);
}
