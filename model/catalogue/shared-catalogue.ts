import type { GivenVectors } from '../vectors/given-vectors.js';

/**
 * The catalogue as both sides of a thread boundary see it.
 *
 * `Catalogue` (`catalogue.ts`; one, on the gateway thread) owns ids, titles and dictionaries and is the only writer.
 * `CatalogueView` (`catalogue-view.ts`; one per shard) reads numeric columns in shared memory: nothing is copied when an item changes.
 * An item's index is permanent: it is never reused, also not across restarts, so journals and states may hold it.
 * A reader may see a change of one item half made (price new, stock old) for a moment; each column by itself is whole.
 * Rows at and beyond the number of indices given out were never written: they hold zeros, cost no memory and mean nothing.
 */

/** An item as clients upsert it. Its vectors may be of any length, made outside. */
export interface Item extends GivenVectors {
  readonly id: string;
  readonly title?: string;
  readonly price?: number;
  readonly category?: string;
  readonly brand?: string;
  /** Units left; absent: not tracked, always in stock. 0: not recommended. */
  readonly stock?: number;
  readonly attributes?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly imageUrl?: string;
  readonly url?: string;
  /** Epoch ms; when the item came into the catalogue. */
  readonly createdMs?: number;
}

/** Shared buffers of the catalogue, made by `createSharedCatalogue`; posted to each shard once, when it starts. */
export interface SharedCatalogue {
  readonly itemMax: number;
  readonly columnMax: number;
  /** Int32 [8]: 0 number of indices given out, 1 change counter. */
  readonly header: SharedArrayBuffer;
  /** Uint8 [itemMax]: bit 0 in the catalogue, bit 1 in stock. */
  readonly flags: SharedArrayBuffer;
  /** Float64 [itemMax]; NaN when unknown. */
  readonly price: SharedArrayBuffer;
  /** Int32 [itemMax] dictionary codes, −1 when the item has none. */
  readonly category: SharedArrayBuffer;
  readonly brand: SharedArrayBuffer;
  /** Float64 [itemMax] epoch ms. */
  readonly created: SharedArrayBuffer;
  /** What candidates are filled from, of each item at one place: `RECORD`. The catalogue writes its half, the interaction graph the other. */
  readonly records: SharedArrayBuffer;
  /** Float64 [columnMax, itemMax], column-major: a number, or the dictionary code of a string, boolean or list; NaN when absent. */
  readonly columns: SharedArrayBuffer;
  /**
   * What leads from an item to items of other kinds, `KIND_LINKS_MAX` places an item: Int32 [itemMax, KIND_LINKS_MAX], index + 1, 0
   * ends the row; and how alike their texts are, Float32 of that shape, above 0 to 1.
   */
  readonly linkedItems: SharedArrayBuffer;
  readonly linkedLikeness: SharedArrayBuffer;
}

/** A filter with names and strings resolved; plain data, safe to post. Evaluated by `CatalogueView.passes`. */
export type CompiledFilter =
  | { readonly op: 'all' | 'any'; readonly parts: readonly CompiledFilter[] }
  | { readonly op: 'not'; readonly part: CompiledFilter }
  /** Bounds inclusive; a missing value (NaN) never passes. `column` −1 price. */
  | { readonly op: 'range'; readonly column: number; readonly min: number; readonly max: number }
  /** Passes when the number is one of `values`, ascending. */
  | { readonly op: 'values'; readonly column: number; readonly values: Float64Array }
  /** Passes when bit `code` is set; `column` −2 category, −3 brand. Codes beyond the bits do not pass. */
  | { readonly op: 'codes'; readonly column: number; readonly bits: Uint8Array }
  | { readonly op: 'exists'; readonly column: number }
  | { readonly op: 'const'; readonly value: boolean };

/** Places in `SharedCatalogue.header`. */
export const HEADER = { indexCount: 0, changeCount: 1 } as const;

const HEADER_COUNT = 8;

/** Name of the attribute that says what an item is: `goods`, `article`, `video`, or any other text. */
export const KIND_ATTRIBUTE = 'kind';

/** Items of other kinds that an item leads to. */
export const KIND_LINKS_MAX = 16;

/**
 * An item's record: 32 bytes, half a line of the cache, where the same of a candidate took seven lines of as many arrays. Places are
 * those of 4-byte words; `popularAt` is a Float64 in two of them. What the interaction graph knows: epoch ms as of which the
 * decayed clicks are (`popularAt`), those with the long and the short half-life (Float32). Of the catalogue: price (Float32, NaN when
 * unknown), codes of category and brand (Int32, −1 for none), and `flags` (Int32), which are those of the columns.
 */
export const RECORD = {
  popularAt: 0,
  popular: 2,
  recent: 3,
  price: 4,
  category: 5,
  brand: 6,
  flags: 7,
  words: 8,
} as const;

/** Records as numbers of each type, over the same memory: word w of item i is at `i · RECORD.words + w`, in `float64` at half of that. */
export interface ItemRecords {
  readonly float64: Float64Array;
  readonly float32: Float32Array;
  readonly int32: Int32Array;
}

/** Records are made in whole groups of so many: the interaction graph writes that many to the disk at once. */
const RECORD_GROUP = 64;

/** Records of `items` items at least, zeros. Address space only, until they are written. */
export function createItemRecords(items: number): SharedArrayBuffer {
  return new SharedArrayBuffer(Math.ceil(items / RECORD_GROUP) * RECORD_GROUP * RECORD.words * 4);
}

/** Views over the buffer; they share the memory. */
export function viewItemRecords(records: SharedArrayBuffer): ItemRecords {
  return {
    float64: new Float64Array(records),
    float32: new Float32Array(records),
    int32: new Int32Array(records),
  };
}

/** Bits of `SharedCatalogue.flags`. */
export const FLAG = { inCatalogue: 1, inStock: 2 } as const;

/** Value of `flags` when an item may be recommended. */
export const RECOMMENDABLE = FLAG.inCatalogue | FLAG.inStock;

/** `column` of a `CompiledFilter` for what every item has; attribute columns count up from 0. */
export const COLUMN = { price: -1, category: -2, brand: -3 } as const;

/**
 * Makes the buffers of a catalogue of at most `itemMax` items with `columnMax` attributes. They are address space only:
 * a page becomes resident memory when a row in it is first written.
 */
export function createSharedCatalogue(itemMax: number, columnMax: number): SharedCatalogue {
  return {
    itemMax,
    columnMax,
    header: new SharedArrayBuffer(HEADER_COUNT * 4),
    flags: new SharedArrayBuffer(itemMax),
    price: new SharedArrayBuffer(itemMax * 8),
    category: new SharedArrayBuffer(itemMax * 4),
    brand: new SharedArrayBuffer(itemMax * 4),
    created: new SharedArrayBuffer(itemMax * 8),
    records: createItemRecords(itemMax),
    columns: new SharedArrayBuffer(itemMax * columnMax * 8),
    linkedItems: new SharedArrayBuffer(itemMax * KIND_LINKS_MAX * 4),
    linkedLikeness: new SharedArrayBuffer(itemMax * KIND_LINKS_MAX * 4),
  };
}

/** Typed views over `SharedCatalogue`, shapes and encodings as written there; `columns[c]` is Float64 [itemMax]. */
export interface CatalogueArrays {
  readonly header: Int32Array;
  readonly flags: Uint8Array;
  readonly price: Float64Array;
  readonly category: Int32Array;
  readonly brand: Int32Array;
  readonly created: Float64Array;
  readonly records: ItemRecords;
  readonly columns: readonly Float64Array[];
  readonly linkedItems: Int32Array;
  readonly linkedLikeness: Float32Array;
}

/** Views over the buffers; they share the memory. */
export function catalogueArrays(shared: SharedCatalogue): CatalogueArrays {
  const columns: Float64Array[] = [];
  for (let c = 0; c < shared.columnMax; c++) {
    columns.push(new Float64Array(shared.columns, c * shared.itemMax * 8, shared.itemMax));
  }
  return {
    header: new Int32Array(shared.header),
    flags: new Uint8Array(shared.flags),
    price: new Float64Array(shared.price),
    category: new Int32Array(shared.category),
    brand: new Int32Array(shared.brand),
    created: new Float64Array(shared.created),
    records: viewItemRecords(shared.records),
    columns,
    linkedItems: new Int32Array(shared.linkedItems),
    linkedLikeness: new Float32Array(shared.linkedLikeness),
  };
}
