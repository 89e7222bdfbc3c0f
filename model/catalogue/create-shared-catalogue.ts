import type { SharedCatalogue } from './shared-catalogue.js';

/** Slots of `SharedCatalogue.header`. */
export const HEADER = { indexCount: 0, changeCount: 1 } as const;
const HEADER_SLOTS = 8;

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
    header: new SharedArrayBuffer(HEADER_SLOTS * 4),
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
