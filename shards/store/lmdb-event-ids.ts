import { nameKey, pairKey } from './keys.js';
import type { LmdbTable } from './lmdb-table.js';
import { pairName } from './pair-name.js';
import { Overlay } from './overlay.js';

const DAY_MS = 86_400_000;
const DAY_NAME = 'eventIdDay';
const IS_SEEN = Buffer.from([1]);

/**
 * Idempotence keys of events, in two tables by turns: one for the newest day that was written, one for the day before.
 * When a new day comes, the table of the day before yesterday is emptied and taken into use, so a key lives 24 to 48 h
 * and forgetting costs no scan. A key from an earlier day (the clock was set back) goes to the newest day.
 */
export class LmdbEventIds {
  readonly #tables: readonly [LmdbTable, LmdbTable];
  readonly #meta: LmdbTable;
  readonly #pending = new Overlay<string, number>();
  /** Tables (day modulo 2) whose emptying is on its way: what they still show is forgotten. */
  readonly #emptied = new Overlay<number, never>();
  #newestDay: number;

  constructor(tables: readonly [LmdbTable, LmdbTable], meta: LmdbTable) {
    this.#tables = tables;
    this.#meta = meta;
    this.#newestDay = meta.get(nameKey(DAY_NAME))?.readUInt32LE(0) ?? 0;
  }

  has(userId: string, eventId: string): boolean {
    const pendingDay = this.#pending.get(pairName(userId, eventId));
    if (pendingDay !== undefined && pendingDay >= this.#newestDay - 1) return true;
    return this.#isIn(0, userId, eventId) || this.#isIn(1, userId, eventId);
  }

  #isIn(table: 0 | 1, userId: string, eventId: string): boolean {
    return !this.#emptied.has(table) && this.#tables[table].has(pairKey(userId, eventId));
  }

  add(userId: string, eventId: string, atMs: number, ticket: number): void {
    this.#turnTo(Math.floor(atMs / DAY_MS), ticket);
    this.#tables[tableOf(this.#newestDay)].put(pairKey(userId, eventId), IS_SEEN);
    this.#pending.set(pairName(userId, eventId), this.#newestDay, ticket);
  }

  #turnTo(day: number, ticket: number): void {
    if (day <= this.#newestDay) return;
    this.#empty(tableOf(day), ticket);
    if (day > this.#newestDay + 1) this.#empty(tableOf(day + 1), ticket);
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

function tableOf(day: number): 0 | 1 {
  return day % 2 === 0 ? 0 : 1;
}
