/**
 * The catalogue as both sides of a thread boundary see it.
 *
 * `Catalogue` (`catalogue.ts`; one, on the gateway thread) owns ids, titles and dictionaries and is the only writer.
 * `CatalogueView` (`catalogue-view.ts`; one per shard) reads numeric columns in shared memory: nothing is copied when an item changes.
 * An item's index is permanent: it is never reused, also not across restarts, so journals and states may hold it.
 * A reader may see a change of one item half made (price new, stock old) for a moment; each column by itself is whole.
 * Rows at and beyond the number of indices given out were never written: they hold zeros, cost no memory and mean nothing.
 */

/** An item as clients upsert it. */
export interface Item {
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
  /** Content vector of any width, made outside. */
  readonly vector?: readonly number[];
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
  /** Float64 [columnMax, itemMax], column-major: a number, or the dictionary code of a string, boolean or list; NaN when absent. */
  readonly columns: SharedArrayBuffer;
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
    columns: new SharedArrayBuffer(itemMax * columnMax * 8),
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
  readonly columns: readonly Float64Array[];
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
    columns,
  };
}
