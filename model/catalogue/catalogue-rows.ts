import type { Cell } from './attribute-columns.js';
import {
  type SharedCatalogue,
  catalogueArrays,
  FLAG,
  HEADER,
  type CatalogueArrays,
} from './shared-catalogue.js';

/** What one item's row holds; codes −1 and numbers NaN where the item has none. */
export interface Row {
  readonly price: number;
  readonly category: number;
  readonly brand: number;
  readonly createdMs: number;
  readonly isInStock: boolean;
  readonly cells: readonly Cell[];
}

/** Writes rows of the shared catalogue; there is one writer. A row is whole before its flags and the count show it. */
export class CatalogueRows {
  readonly arrays: CatalogueArrays;
  /** Columns that rows are initialised in: those beyond have never been written. */
  #columnCount = 0;

  constructor(shared: SharedCatalogue) {
    this.arrays = catalogueArrays(shared);
  }

  get indexCount(): number {
    return this.arrays.header[HEADER.indexCount];
  }

  /** Makes columns below `columnCount` readable: NaN in every row given out so far. */
  openColumns(columnCount: number): void {
    for (; this.#columnCount < columnCount; this.#columnCount++) {
      this.arrays.columns[this.#columnCount].fill(Number.NaN, 0, this.indexCount);
    }
  }

  write(index: number, row: Row): void {
    const { price, category, brand, created, flags } = this.arrays;
    price[index] = row.price;
    category[index] = row.category;
    brand[index] = row.brand;
    created[index] = row.createdMs;
    this.#writeCells(index, row.cells);
    Atomics.store(flags, index, FLAG.inCatalogue | (row.isInStock ? FLAG.inStock : 0));
    this.#publish(index);
  }

  /** Takes the item out of the catalogue; its index stays given out. */
  clear(index: number): void {
    const { price, category, brand, created, flags } = this.arrays;
    Atomics.store(flags, index, 0);
    price[index] = Number.NaN;
    category[index] = -1;
    brand[index] = -1;
    created[index] = Number.NaN;
    this.#writeCells(index, []);
    this.#publish(index);
  }

  #writeCells(index: number, cells: readonly Cell[]): void {
    const { columns } = this.arrays;
    for (let c = 0; c < this.#columnCount; c++) columns[c][index] = Number.NaN;
    for (const { column, value } of cells) columns[column.column][index] = value;
  }

  #publish(index: number): void {
    const { header } = this.arrays;
    if (index >= this.indexCount) Atomics.store(header, HEADER.indexCount, index + 1);
    Atomics.add(header, HEADER.changeCount, 1);
  }
}
