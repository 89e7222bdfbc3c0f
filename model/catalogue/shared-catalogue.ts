/**
 * The catalogue as both sides of a thread boundary see it.
 *
 * `Catalogue` (`catalogue-writer.ts`; one, on the gateway thread) owns ids, titles and dictionaries and is the only writer.
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
