import { WIRE_LIMITS } from '../protocol/limits.js';
import type { ShardList } from '../../shards/api.js';
import type { TileFields } from './tile-fields.js';
import type { TileVersions } from './tile-versions.js';
import { TOLD_MAX, ToldTiles } from './told-tiles.js';

/** Items that one `recs` tells of; the same memory for all connections of a thread. */
const picked = new Int32Array(WIRE_LIMITS.k);

/**
 * The tiles of one slot of one connection, and what its client holds of them.
 *
 * Both sides keep count by one rule: a list that tells of all its items begins anew, and what was told before is forgotten. The gateway
 * begins anew as well when the client would hold more than `TOLD_MAX` items.
 */
export class SlotTiles {
  readonly fields: TileFields;
  readonly #versions: TileVersions;
  readonly #told = new ToldTiles();
  #shown: ShardList | undefined;
  #cause = 0;

  constructor(fields: TileFields, versions: TileVersions) {
    this.fields = fields;
    this.#versions = versions;
  }

  /** The list that the client has; undefined before the first. */
  get shown(): ShardList | undefined {
    return this.#shown;
  }

  /** What it was sent with as `cause`. */
  get cause(): number {
    return this.#cause;
  }

  /** The list leaves now. @returns the items to tell of, in its order; borrowed until the next call of any slot. */
  take(list: ShardList, cause: number): Int32Array {
    const { items } = list;
    this.#shown = list;
    this.#cause = cause;
    let count = 0;
    let fresh = 0;
    for (let i = 0; i < items.length; i++) {
      if (this.#told.has(items[i], this.#versionOf(items[i]))) continue;
      if (!this.#told.knows(items[i])) fresh++;
      picked[count++] = items[i];
    }
    const isFull = this.#told.count + fresh > TOLD_MAX;
    if (isFull || count === items.length) {
      this.#told.clear();
      picked.set(items);
      count = items.length;
    }
    for (let i = 0; i < count; i++) this.#told.put(picked[i], this.#versionOf(picked[i]));
    return picked.subarray(0, count);
  }

  /** True when an item of the list that the client has shows something else by now. */
  isStale(): boolean {
    const items = this.#shown?.items;
    if (items === undefined) return false;
    for (let i = 0; i < items.length; i++)
      if (!this.#told.has(items[i], this.#versionOf(items[i]))) return true;
    return false;
  }

  #versionOf(item: number): number {
    return this.#versions.of(item, this.fields.hasStock);
  }
}
