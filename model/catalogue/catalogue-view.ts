import {
  type CompiledFilter,
  type SharedCatalogue,
  catalogueArrays,
  HEADER,
  RECOMMENDABLE,
  type ItemRecords,
} from './shared-catalogue.js';
/** Added to the `column` of a filter to find its array: brand, category and price come first. */
const COLUMN_SHIFT = 3;

/**
 * A thread's reader of the catalogue. The arrays are live views of shared memory, for hot loops: read them by item index,
 * below `indexCount`, and never write. No method allocates.
 */
export class CatalogueView {
  readonly itemMax: number;
  /** Uint8 [itemMax], `FLAG` bits. */
  readonly flags: Uint8Array;
  /** Float64 [itemMax]; NaN when unknown. */
  readonly price: Float64Array;
  /** Int32 [itemMax] codes; −1 when the item has none. */
  readonly category: Int32Array;
  readonly brand: Int32Array;
  /** Float64 [itemMax] epoch ms. */
  readonly created: Float64Array;
  /** What candidates are filled from; the catalogue's half is as the columns are. */
  readonly records: ItemRecords;
  /** Int32 and Float32 [itemMax, KIND_LINKS_MAX]: as in `SharedCatalogue`. */
  readonly linkedItems: Int32Array;
  readonly linkedLikeness: Float32Array;
  readonly #header: Int32Array;
  readonly #columns: readonly (Float64Array | Int32Array)[];

  constructor(shared: SharedCatalogue) {
    const arrays = catalogueArrays(shared);
    this.itemMax = shared.itemMax;
    this.flags = arrays.flags;
    this.price = arrays.price;
    this.category = arrays.category;
    this.brand = arrays.brand;
    this.created = arrays.created;
    this.records = arrays.records;
    this.linkedItems = arrays.linkedItems;
    this.linkedLikeness = arrays.linkedLikeness;
    this.#header = arrays.header;
    this.#columns = [arrays.brand, arrays.category, arrays.price, ...arrays.columns];
  }

  /** Indices given out so far, removed items included. */
  get indexCount(): number {
    return Atomics.load(this.#header, HEADER.indexCount);
  }

  /** Counts every change of an item; wraps. Equal values mean that nothing changed in between. */
  get changeCount(): number {
    return Atomics.load(this.#header, HEADER.changeCount);
  }

  /** True when the item is in the catalogue and in stock (R4); false for any number that is no item's index. */
  isRecommendable(index: number): boolean {
    return this.flags[index] === RECOMMENDABLE;
  }

  /** True when the item passes the filter. `index` must be below `indexCount`. Cost: at most the nodes of the filter. */
  passes(filter: CompiledFilter, index: number): boolean {
    switch (filter.op) {
      case 'all':
        for (let i = 0; i < filter.parts.length; i++) if (!this.passes(filter.parts[i], index)) return false;
        return true;
      case 'any':
        for (let i = 0; i < filter.parts.length; i++) if (this.passes(filter.parts[i], index)) return true;
        return false;
      case 'not':
        return !this.passes(filter.part, index);
      case 'const':
        return filter.value;
      default:
        return passesCell(filter, this.#columns[filter.column + COLUMN_SHIFT][index]);
    }
  }
}

type CellFilter = Extract<CompiledFilter, { readonly column: number }>;

/** `cell` is NaN, or −1 for category and brand, when the item has no value; those columns hold codes alone. */
function passesCell(filter: CellFilter, cell: number): boolean {
  switch (filter.op) {
    case 'range':
      return cell >= filter.min && cell <= filter.max;
    case 'codes':
      return cell >= 0 && ((filter.bits[cell >> 3] ?? 0) & (1 << (cell & 7))) !== 0;
    case 'values':
      return isMember(filter.values, cell);
    case 'exists':
      return filter.column < -1 ? cell >= 0 : cell === cell;
  }
}

function isMember(ascending: Float64Array, value: number): boolean {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === value;
}
