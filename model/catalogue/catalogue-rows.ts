import type { Cell } from './attribute-columns.js';
import {
  type SharedCatalogue,
  catalogueArrays,
  COLUMN,
  FLAG,
  HEADER,
  RECORD,
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

/** What a record holds of an item without a row. */
const NOTHING = { price: Number.NaN, category: -1, brand: -1 };

/** Writes rows of the shared catalogue; there is one writer. A row is whole before its flags and the count show it. */
export class CatalogueRows {
  readonly arrays: CatalogueArrays;
  /** Columns that rows are initialised in: those beyond have never been written. */
  #columnCount = 0;
  /** Float64 [columnMax]: what the row being written gets in each attribute column. */
  readonly #cells: Float64Array;

  constructor(shared: SharedCatalogue) {
    this.arrays = catalogueArrays(shared);
    this.#cells = new Float64Array(shared.columnMax);
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

  /** True when the row differs from what it held. Columns that do are added to `differing`. */
  write(index: number, row: Row, differing: Set<number>): boolean {
    const { price, category, brand, created, flags } = this.arrays;
    if (index >= this.indexCount) this.#blank(index);
    const next = FLAG.inCatalogue | (row.isInStock ? FLAG.inStock : 0);
    const isOther = flags[index] !== next || !Object.is(created[index], row.createdMs);
    const hasOtherFields = this.#noteFields(index, row, differing);
    price[index] = row.price;
    category[index] = row.category;
    brand[index] = row.brand;
    this.#record(index, row);
    created[index] = row.createdMs;
    const hasOtherCells = this.#writeCells(index, row.cells, differing);
    this.#setFlags(index, next);
    this.#publish(index);
    return isOther || hasOtherFields || hasOtherCells;
  }

  /** Takes the item out of the catalogue; its index stays given out. */
  clear(index: number): void {
    this.#setFlags(index, 0);
    this.#blank(index);
    this.#publish(index);
  }

  #setFlags(index: number, flags: number): void {
    Atomics.store(this.arrays.flags, index, flags);
    Atomics.store(this.arrays.records.int32, index * RECORD.words + RECORD.flags, flags);
  }

  /** The catalogue's half of the item's record, but for its flags. */
  #record(index: number, { price, category, brand }: Pick<Row, 'price' | 'category' | 'brand'>): void {
    const { float32, int32 } = this.arrays.records;
    const at = index * RECORD.words;
    float32[at + RECORD.price] = price;
    int32[at + RECORD.category] = category;
    int32[at + RECORD.brand] = brand;
  }

  /** Makes all of a row missing; one that was never written holds zeros, which are values. */
  #blank(index: number): void {
    const { price, category, brand, created, columns } = this.arrays;
    price[index] = Number.NaN;
    category[index] = -1;
    brand[index] = -1;
    this.#record(index, NOTHING);
    created[index] = Number.NaN;
    for (let c = 0; c < this.#columnCount; c++) columns[c][index] = Number.NaN;
  }

  /** Adds those of price, category and brand that differ; true when one does. */
  #noteFields(index: number, row: Row, differing: Set<number>): boolean {
    const { price, category, brand } = this.arrays;
    const isPrice = !Object.is(price[index], row.price);
    const isCategory = category[index] !== row.category;
    const isBrand = brand[index] !== row.brand;
    if (isPrice) differing.add(COLUMN.price);
    if (isCategory) differing.add(COLUMN.category);
    if (isBrand) differing.add(COLUMN.brand);
    return isPrice || isCategory || isBrand;
  }

  #writeCells(index: number, cells: readonly Cell[], differing: Set<number>): boolean {
    const { columns } = this.arrays;
    let isChanged = false;
    this.#cells.fill(Number.NaN, 0, this.#columnCount);
    for (const { column, value } of cells) this.#cells[column.column] = value;
    for (let c = 0; c < this.#columnCount; c++) {
      if (Object.is(columns[c][index], this.#cells[c])) continue;
      columns[c][index] = this.#cells[c];
      differing.add(c);
      isChanged = true;
    }
    return isChanged;
  }

  #publish(index: number): void {
    const { header } = this.arrays;
    if (index >= this.indexCount) Atomics.store(header, HEADER.indexCount, index + 1);
    Atomics.add(header, HEADER.changeCount, 1);
  }
}
