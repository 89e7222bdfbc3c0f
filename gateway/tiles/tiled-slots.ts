import { SlotTiles } from './slot-tiles.js';
import { TileFields } from './tile-fields.js';
import type { TileVersions } from './tile-versions.js';

/** Those slots of one connection that ask for fields. Most connections have none, and then it holds nothing. */
export class TiledSlots {
  readonly #versions: TileVersions;
  #bySlot: Map<string, SlotTiles> | undefined;

  constructor(versions: TileVersions) {
    this.#versions = versions;
  }

  /** What lists of the slot are sent with; undefined when it asks for no fields. */
  of(slot: string): SlotTiles | undefined {
    return this.#bySlot?.get(slot);
  }

  /** Slots that ask for fields, by name. */
  get all(): Iterable<[string, SlotTiles]> {
    return this.#bySlot ?? [];
  }

  /** The slot is subscribed to, or defined again: its client is told of all items again. */
  define(slot: string, fields: readonly string[] | undefined): void {
    if (fields === undefined) return this.drop(slot);
    this.#bySlot ??= new Map();
    this.#bySlot.set(slot, new SlotTiles(new TileFields(fields), this.#versions));
  }

  drop(slot: string): void {
    this.#bySlot?.delete(slot);
  }
}
