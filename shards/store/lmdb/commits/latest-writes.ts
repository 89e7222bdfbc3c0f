import type { TableWrite } from './lmdb-table.js';

/**
 * Changes of tables that go together: of several for one row the last one, at the place of the first. What comes before all rows of a
 * table are removed stays before it.
 */
export class LatestWrites {
  readonly #writes: TableWrite[] = [];
  #places = new Map<unknown, Map<string, number>>();
  /** Of keys and values, at most. */
  bytes = 0;

  add(write: TableWrite): void {
    this.bytes += write.key.length + write.value.length;
    if (write.op === 'clear') {
      this.#places = new Map();
      this.#writes.push(write);
      return;
    }
    let rows = this.#places.get(write.database);
    if (rows === undefined) this.#places.set(write.database, (rows = new Map()));
    const { buffer, byteOffset, length } = write.key;
    const key = Buffer.from(buffer, byteOffset, length).toString('latin1');
    const place = rows.get(key);
    if (place === undefined) rows.set(key, this.#writes.push(write) - 1);
    else {
      this.bytes -= write.key.length + this.#writes[place].value.length;
      this.#writes[place] = write;
    }
  }

  get all(): readonly TableWrite[] {
    return this.#writes;
  }
}
