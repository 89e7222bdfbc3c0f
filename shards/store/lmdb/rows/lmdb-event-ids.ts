import { nameKey, pairKey, pairName, readName, readSecondName } from '../../keys.js';
import type { SealedTable } from './sealed-table.js';
import { Overlay } from './overlay.js';
import type { EventIdRow } from '../../shard-states.js';

const DAY_MS = 86_400_000;
const DAY_NAME = 'eventIdDay';
const IS_SEEN = Buffer.from([1]);

/**
 * Idempotence keys of events, in two tables by turns: one for the newest day that was written, one for the day before.
 * When a new day comes, the table of the day before yesterday is emptied and taken into use, so a key lives 24 to 48 h
 * and forgetting costs no scan. A key from an earlier day (the clock was set back) goes to the newest day.
 */
export class LmdbEventIds {
  readonly #tables: readonly [SealedTable, SealedTable];
  readonly #meta: SealedTable;
  readonly #pending = new Overlay<string, PendingId>();
  /** Tables (day modulo 2) whose emptying is on its way: what they still show is forgotten. */
  readonly #emptied = new Overlay<number, never>();
  #newestDay: number;
  /** True when the newest day cannot be read: the next key's day is taken for it, and nothing is forgotten. */
  #isDayLost: boolean;

  constructor(tables: readonly [SealedTable, SealedTable], meta: SealedTable) {
    this.#tables = tables;
    this.#meta = meta;
    const day = meta.get(nameKey(DAY_NAME));
    this.#newestDay = day?.readUInt32LE(0) ?? 0;
    this.#isDayLost = day === undefined && meta.has(nameKey(DAY_NAME));
  }

  has(userId: string, eventId: string): boolean {
    const pending = this.#pending.get(pairName(userId, eventId));
    if (pending !== undefined && pending.day >= this.#newestDay - 1) return true;
    return this.#isIn(0, userId, eventId) || this.#isIn(1, userId, eventId);
  }

  #isIn(table: 0 | 1, userId: string, eventId: string): boolean {
    return !this.#emptied.has(table) && this.#tables[table].has(pairKey(userId, eventId));
  }

  /** Keys of one user, `countMax` at most, newer days first. */
  of(userId: string, countMax: number): string[] {
    const found = new Set<string>();
    for (const row of this.#pending.snapshot().values())
      if (row?.userId === userId && row.day >= this.#newestDay - 1) found.add(row.eventId);
    const prefix = Buffer.from(nameKey(userId));
    for (const day of [this.#newestDay, this.#newestDay - 1]) {
      const table = tableOf(day);
      if (this.#emptied.has(table)) continue;
      for (const key of this.#tables[table].keys(prefix)) {
        if (found.size >= countMax || !key.subarray(0, prefix.length).equals(prefix)) break;
        found.add(readSecondName(key));
      }
    }
    return [...found].slice(0, countMax);
  }

  add(userId: string, eventId: string, atMs: number, ticket: number): void {
    this.#turnTo(Math.floor(atMs / DAY_MS), ticket);
    this.#tables[tableOf(this.#newestDay)].put(pairKey(userId, eventId), IS_SEEN);
    this.#pending.set(pairName(userId, eventId), { userId, eventId, day: this.#newestDay }, ticket);
  }

  /** All keys within their retention, those of the older day first. */
  *entries(): Generator<EventIdRow> {
    const newestDay = this.#newestDay;
    const pending = this.#pending.snapshot();
    for (const day of [newestDay - 1, newestDay]) {
      const atMs = day * DAY_MS;
      for (const { userId, eventId } of this.#stored(day)) {
        const isNewer = day < newestDay && this.#isIn(tableOf(newestDay), userId, eventId);
        if (!isNewer && !pending.has(pairName(userId, eventId))) yield { userId, eventId, atMs };
      }
      for (const row of pending.values())
        if (row?.day === day) yield { userId: row.userId, eventId: row.eventId, atMs };
    }
  }

  *#stored(day: number): Generator<{ readonly userId: string; readonly eventId: string }> {
    const table = tableOf(day);
    if (this.#emptied.has(table)) return;
    for (const { key } of this.#tables[table].range())
      yield { userId: readName(key), eventId: readSecondName(key) };
  }

  #turnTo(day: number, ticket: number): void {
    if (day <= this.#newestDay) return;
    if (!this.#isDayLost) {
      this.#empty(tableOf(day), ticket);
      if (day > this.#newestDay + 1) this.#empty(tableOf(day + 1), ticket);
    }
    this.#isDayLost = false;
    this.#newestDay = day;
    const value = Buffer.allocUnsafe(4);
    value.writeUInt32LE(day, 0);
    this.#meta.put(nameKey(DAY_NAME), value);
  }

  #empty(table: 0 | 1, ticket: number): void {
    this.#tables[table].clear();
    this.#emptied.set(table, undefined, ticket);
  }

  settle(ticket: number): void {
    this.#pending.settle(ticket);
    this.#emptied.settle(ticket);
  }
}

/** A key on its way to the disk, and the day that it is kept under. */
interface PendingId {
  readonly userId: string;
  readonly eventId: string;
  readonly day: number;
}

function tableOf(day: number): 0 | 1 {
  return day % 2 === 0 ? 0 : 1;
}
