import type { UserRow } from '../shard-states.js';
import type { StatesChange } from '../store.js';

/** As `LmdbStates`, in memory; states are copied in, and borrowed out of it. */
export class MemoryStates {
  model = 0;
  hasRetired = false;
  #serving = new Map<string, Uint8Array>();
  #other = new Map<string, Uint8Array>();

  get(userId: string): Uint8Array | undefined {
    return this.#serving.get(userId) ?? (this.hasRetired ? this.#other.get(userId) : undefined);
  }

  rebuilt(userId: string): Uint8Array | undefined {
    return this.hasRetired ? undefined : this.#other.get(userId);
  }

  isRetired(userId: string): boolean {
    return this.hasRetired && !this.#serving.has(userId) && this.#other.has(userId);
  }

  *entries(): Generator<UserRow> {
    const all = this.hasRetired ? [...this.#other, ...this.#serving] : [...this.#serving];
    for (const [userId, bytes] of new Map(all)) yield { userId, bytes: new Uint8Array(bytes) };
  }

  *names(after: string): Generator<string> {
    for (const userId of [...this.#serving.keys()].sort()) if (userId > after) yield userId;
  }

  *retired(after: string): Generator<UserRow> {
    if (!this.hasRetired) return;
    const rows = [...this.#other].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [userId, bytes] of rows) if (userId > after) yield { userId, bytes: new Uint8Array(bytes) };
  }

  set(userId: string, bytes: Uint8Array | undefined): void {
    setOrDelete(this.#serving, userId, bytes);
    if (bytes === undefined) this.#other.delete(userId);
  }

  setRebuilt(userId: string, bytes: Uint8Array | undefined): void {
    setOrDelete(this.#other, userId, bytes);
  }

  change(change: StatesChange): void {
    if (change.op === 'clear') {
      this.#other.clear();
      this.hasRetired = false;
      return;
    }
    this.model = change.model;
    if (change.op === 'name') return;
    [this.#serving, this.#other] = [this.#other, this.#serving];
    this.hasRetired = true;
  }
}

function setOrDelete(rows: Map<string, Uint8Array>, userId: string, bytes: Uint8Array | undefined): void {
  if (bytes) rows.set(userId, new Uint8Array(bytes));
  else rows.delete(userId);
}
