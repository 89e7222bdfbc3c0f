import type { Bites } from '../../metrics/process/bites.js';
import type { Cell } from './attribute-columns.js';
import { CatalogueDictionaries } from './catalogue-dictionaries.js';
import { CatalogueRows } from './catalogue-rows.js';
import { hasSameContent, hasSameFace, type ItemChanges } from './item-changes.js';
import { ItemTable } from './item-table.js';
import { RECOMMENDABLE, type Item, type SharedCatalogue } from './shared-catalogue.js';
import type { PlannedItem } from './write-plan.js';
import { VectorLengths } from '../vectors/vector-lengths.js';

/** Told after a change is in shared memory; `changed` holds indices of items put, patched or removed. */
export type CatalogueListener = (changed: readonly number[], what: ItemChanges) => void;

/** Items that are shown, and told to listeners, between two looks at the clock. */
const SHOWN_AT_ONCE = 8;

/** The items of a catalogue as others see them: by id and index, as rows in shared memory, and in the codes that they use. */
export class ShownItems {
  readonly items = new ItemTable();
  readonly dictionaries: CatalogueDictionaries;
  readonly lengths = new VectorLengths();
  readonly listeners = new Set<CatalogueListener>();
  readonly #rows: CatalogueRows;
  readonly #bites: Pick<Bites, 'isOver' | 'rest'>;

  constructor(shared: SharedCatalogue, bites: Pick<Bites, 'isOver' | 'rest'>) {
    this.dictionaries = new CatalogueDictionaries(shared.columnMax);
    this.#rows = new CatalogueRows(shared);
    this.#bites = bites;
  }

  /** Shows what was planned, in bites, and tells listeners; forgets what no item has any more. */
  async show(planned: readonly PlannedItem[]): Promise<void> {
    for (let from = 0; from < planned.length; from += SHOWN_AT_ONCE) {
      if (from > 0 && this.#bites.isOver) await this.#bites.rest();
      this.#showSome(planned.slice(from, from + SHOWN_AT_ONCE));
    }
    this.dictionaries.letGoUnused();
  }

  /** True when the row differs from before, as it does for every item that leaves; columns that do are added to `differing`. */
  put(index: number, item: Item, cells: readonly Cell[], differing: Set<number>): boolean {
    const { categories, brands, columns } = this.dictionaries;
    this.#release(index);
    this.dictionaries.retain(item, cells);
    this.lengths.retain(item);
    this.items.put(index, item);
    this.#rows.openColumns(columns.count);
    const row = {
      price: item.price ?? Number.NaN,
      category: item.category === undefined ? -1 : categories.codeOf(item.category),
      brand: item.brand === undefined ? -1 : brands.codeOf(item.brand),
      createdMs: item.createdMs ?? Number.NaN,
      isInStock: item.stock === undefined || item.stock > 0,
      cells,
    };
    return this.#rows.write(index, row, differing);
  }

  remove(index: number, id: string): void {
    this.#release(index);
    this.items.remove(index, id);
    this.#rows.clear(index);
  }

  #showSome(planned: readonly PlannedItem[]): void {
    const columns = new Set<number>();
    const content: number[] = [];
    const faces: number[] = [];
    const stocks: number[] = [];
    const rows: number[] = [];
    const arrived: number[] = [];
    const { flags } = this.#rows.arrays;
    for (const one of planned) {
      const { index, item } = one;
      const before = this.items.item(index);
      if (!hasSameContent(before, item)) content.push(index);
      if (!hasSameFace(before, item)) faces.push(index);
      if (before?.stock !== item?.stock) stocks.push(index);
      const wasThere = flags[index] === RECOMMENDABLE;
      if (this.#showOne(one, columns)) rows.push(index);
      if (!wasThere && flags[index] === RECOMMENDABLE) arrived.push(index);
    }
    const changed = planned.map(({ index }) => index);
    for (const listener of this.listeners)
      listener(changed, { content, faces, stocks, rows, arrived, columns });
  }

  #showOne({ id, index, item, cells }: PlannedItem, differing: Set<number>): boolean {
    if (item !== undefined) return this.put(index, item, cells, differing);
    this.remove(index, id);
    return true;
  }

  #release(index: number): void {
    const shown = this.items.item(index);
    if (shown === undefined) return;
    this.dictionaries.release(shown);
    this.lengths.release(shown);
  }
}
