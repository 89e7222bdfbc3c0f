import { nameKey, readName } from '../../keys.js';
import type { LmdbEnvironment } from '../commits/lmdb-environment.js';
import { LmdbRows } from './lmdb-rows.js';
import type { SealedTable } from './sealed-table.js';
import type { UserRow } from '../../shard-states.js';
import type { StatesChange } from '../../store.js';

const TABLES = ['users', 'users1'] as const;
const META_KEY = 'states';

/** Which table serves, which model made its states, and whether the other one still has states that count. */
interface Generations {
  readonly serving: 0 | 1;
  readonly model: number;
  readonly hasRetired: boolean;
}

/**
 * User states of a shard in two generations, a table each: those that serve, and beside them either those that another
 * model is rebuilding or those that served before and are not all taken over yet.
 */
export class LmdbStates {
  readonly #meta: SealedTable;
  readonly #tables: readonly [LmdbRows, LmdbRows];
  #generations: Generations;

  /** `table` gives a table by its name. */
  constructor(table: (name: string) => SealedTable, meta: SealedTable) {
    this.#meta = meta;
    const tables = [table(TABLES[0]), table(TABLES[1])] as const;
    this.#tables = [new LmdbRows(tables[0], nameKey, readName), new LmdbRows(tables[1], nameKey, readName)];
    this.#generations = readGenerations(meta, (which) => tables[which].count());
  }

  get model(): number {
    return this.#generations.model;
  }

  get hasRetired(): boolean {
    return this.#generations.hasRetired;
  }

  get(userId: string): Uint8Array | undefined {
    const { hasRetired } = this.#generations;
    return this.#serving.get(userId) ?? (hasRetired ? this.#other.get(userId) : undefined);
  }

  /** Reads states ahead that `get` may be asked for. */
  async readAhead(userIds: readonly string[]): Promise<void> {
    await this.#serving.readAhead(userIds);
    if (this.#generations.hasRetired) await this.#other.readAhead(userIds);
  }

  rebuilt(userId: string): Uint8Array | undefined {
    return this.#generations.hasRetired ? undefined : this.#other.get(userId);
  }

  isRetired(userId: string): boolean {
    return this.#generations.hasRetired && !this.#serving.has(userId) && this.#other.has(userId);
  }

  *entries(): Generator<UserRow> {
    for (const { key, bytes } of this.#serving.entries(() => true)) yield { userId: key, bytes };
    if (!this.#generations.hasRetired) return;
    for (const { key, bytes } of this.#other.entries(() => true))
      if (!this.#serving.has(key)) yield { userId: key, bytes };
  }

  /** See `ShardStates.userNames`. */
  names(after: string): Iterable<string> {
    return this.#serving.keysAfter(after);
  }

  /** See `ShardStates.retired`. */
  *retired(after: string): Generator<UserRow> {
    if (!this.#generations.hasRetired) return;
    const start = after === '' ? undefined : Buffer.from(nameKey(after));
    for (const { key, bytes } of this.#other.entries(() => false, start))
      if (key !== after) yield { userId: key, bytes };
  }

  set(userId: string, bytes: Uint8Array | undefined, ticket: number): void {
    this.#serving.set(userId, bytes, ticket);
    if (bytes === undefined) this.#other.set(userId, undefined, ticket);
  }

  setRebuilt(userId: string, bytes: Uint8Array | undefined, ticket: number): void {
    this.#other.set(userId, bytes, ticket);
  }

  change(change: StatesChange, ticket: number): void {
    const { serving, model, hasRetired } = this.#generations;
    switch (change.op) {
      case 'name':
        this.#settleOn({ serving, model: change.model, hasRetired });
        return;
      case 'clear':
        this.#other.clear(ticket);
        this.#settleOn({ serving, model, hasRetired: false });
        return;
      case 'adopt':
        this.#settleOn({ serving: serving === 0 ? 1 : 0, model: change.model, hasRetired: true });
    }
  }

  settle(ticket: number): void {
    for (const table of this.#tables) table.settle(ticket);
  }

  get #serving(): LmdbRows {
    return this.#tables[this.#generations.serving];
  }

  get #other(): LmdbRows {
    return this.#tables[1 - this.#generations.serving];
  }

  #settleOn(generations: Generations): void {
    this.#generations = generations;
    const value = Buffer.alloc(8);
    value[0] = generations.serving;
    value[1] = generations.hasRetired ? 1 : 0;
    value.writeUInt32LE(generations.model, 4);
    this.#meta.put(nameKey(META_KEY), value);
  }
}

/** Number of states that serve, in a copy that nothing has open: those not taken over yet are counted once more. */
export function countStates(environment: LmdbEnvironment, meta: SealedTable): number {
  const count = (table: 0 | 1) => environment.table(TABLES[table]).count();
  const { serving, hasRetired } = readGenerations(meta, count);
  return hasRetired ? Math.max(count(0), count(1)) : count(serving);
}

/** When what says it is damaged, the fuller table serves, by no known model: its states are rebuilt then. */
function readGenerations(meta: SealedTable, count: (table: 0 | 1) => number): Generations {
  const value = meta.get(nameKey(META_KEY));
  if (value === undefined) {
    const isLost = meta.has(nameKey(META_KEY));
    return { serving: isLost && count(1) > count(0) ? 1 : 0, model: 0, hasRetired: false };
  }
  return { serving: value[0] === 1 ? 1 : 0, model: value.readUInt32LE(4), hasRetired: value[1] === 1 };
}
