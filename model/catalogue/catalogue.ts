import { BITE_US, Bites } from '../../metrics/process/bites.js';
import { realClock, type Clock } from '../../metrics/process/clock.js';
import type { Cell } from './attribute-columns.js';
import { CatalogueDictionaries, type FilterColumn } from './catalogue-dictionaries.js';
import { CatalogueRows } from './catalogue-rows.js';
import type { CatalogueStore } from './catalogue-journal.js';
import { type Item, type SharedCatalogue, createSharedCatalogue, RECOMMENDABLE } from './shared-catalogue.js';
import type { Dictionary } from './dictionary.js';
import type { ItemPatch } from './item.js';
import { hasSameContent, hasSameFace, type ItemChanges } from './item-changes.js';
import { ItemTable } from './item-table.js';
import { checkItemCount, restoreCatalogue } from './restore-catalogue.js';
import { WritePlan, type PlannedItem, type UpsertOutcome } from './write-plan.js';
import { GROUP_ITEMS_MAX, WriteQueue } from './write-queue.js';

export interface CatalogueOptions {
  readonly itemMax: number;
  readonly columnMax: number;
  /** Stays the caller's, who closes it after the last write. */
  readonly store: CatalogueStore;
  readonly clock?: Pick<Clock, 'nowMs'>;
  /** Where large writes rest; the thread's own when it has other bulk work. */
  readonly bites?: Pick<Bites, 'isOver' | 'rest'>;
}

/** Told after a change is on disk and in shared memory; `changed` holds indices of items put, patched or removed. */
export type CatalogueListener = (changed: readonly number[], what: ItemChanges) => void;

/** Numbers of a vector that take as long to plan and to write as an item without one. */
const VECTOR_OF_ITEM = 256;
/** Items that are shown, and told to listeners, between two looks at the clock. */
const SHOWN_AT_ONCE = 8;

/**
 * The catalogue on the gateway thread, its only writer.
 *
 * Order: writes are carried out in the order they come. A write is first made durable, then shown in shared memory and told
 * to listeners, then its promise resolves; it rejects, with nothing shown, when the store does. Writes that wait at the same
 * time become durable together. A large one is taken in parts of `GROUP_ITEMS_MAX` items, between which others go; when the
 * store refuses a part, those before it stay.
 * Errors of single items are values in the outcomes; the other items of the batch are taken.
 * Bites: no write holds the thread longer than `Bites` allows.
 * Bounds: `itemMax` indices in the life of a catalogue, since a removed item keeps its index; `columnMax` attribute names.
 */
export class Catalogue {
  readonly shared: SharedCatalogue;
  readonly #store: CatalogueStore;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly #dictionaries: CatalogueDictionaries;
  readonly #rows: CatalogueRows;
  readonly #items = new ItemTable();
  readonly #listeners = new Set<CatalogueListener>();
  readonly #writes: WriteQueue<WritePlan>;

  private constructor(options: CatalogueOptions) {
    this.shared = createSharedCatalogue(options.itemMax, options.columnMax);
    this.#dictionaries = new CatalogueDictionaries(options.columnMax);
    this.#store = options.store;
    this.#clock = options.clock ?? realClock;
    this.#bites = options.bites ?? new Bites(realClock, BITE_US);
    this.#rows = new CatalogueRows(this.shared);
    this.#writes = new WriteQueue(
      () => this.#newPlan(),
      (plan) => this.#commit(plan.planned),
    );
  }

  /** Reads what the store holds. Rejects with `StartupError` when that does not fit the maxima or is broken. */
  static async create(options: CatalogueOptions): Promise<Catalogue> {
    const catalogue = new Catalogue(options);
    restoreCatalogue(options.store.load(), options, {
      dictionaries: catalogue.#dictionaries,
      put: (index, item) =>
        catalogue.#show(index, item, catalogue.#dictionaries.encode(item, new Map()), new Set()),
      remove: (index, id) => catalogue.#hide(index, id),
    });
    catalogue.#dictionaries.reuseCodes();
    return catalogue;
  }

  /** Items in the catalogue, in stock or not. */
  get size(): number {
    return this.#items.size;
  }

  /** Indices given out; each belongs to an item, in the catalogue or removed. */
  get indexCount(): number {
    return this.#items.indexCount;
  }

  /** Index of an item in the catalogue; −1 for an unknown or removed one. */
  indexOf(id: string): number {
    return this.#items.indexOf(id);
  }

  /** Index that belongs to an id, also of a removed item; −1 for an id never seen. */
  everIndexOf(id: string): number {
    return this.#items.reservedIndexOf(id);
  }

  /** Id that an index was given out for, also of a removed item. `index` must be below `indexCount`. */
  idOf(index: number): string {
    return this.#items.idOf(index);
  }

  /** The item as last put; undefined when removed. The catalogue's: not to be changed. */
  item(index: number): Item | undefined {
    return this.#items.item(index);
  }

  title(index: number): string | undefined {
    return this.#items.item(index)?.title;
  }

  /** Indices of all items in the catalogue. */
  indices(): Iterable<number> {
    return this.#items.indices();
  }

  /** Codes of categories and brands, as they stand in the shared columns. */
  get categories(): Dictionary {
    return this.#dictionaries.categories;
  }
  get brands(): Dictionary {
    return this.#dictionaries.brands;
  }

  /** What a filter tests under this name; undefined for a name that no item ever had. */
  filterColumn(name: string): FilterColumn | undefined {
    return this.#dictionaries.filterColumn(name);
  }

  /** Adds a listener; listeners are called in the order they came. Call the returned function to take it off again. */
  onChange(listener: CatalogueListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes that wait for the one under way. */
  get waiting(): number {
    return this.#writes.length;
  }

  /** Grows whenever a name or a value is new to the catalogue, or an attribute changes its kind. */
  get vocabularyVersion(): number {
    return this.#dictionaries.version;
  }

  /**
   * Puts validated items (`itemSchema`): new ones get the next index, others are replaced as a whole and keep their
   * `createdMs` unless the item says another. Resolves when all are durable, with one outcome for each, in order.
   */
  upsert(items: readonly Item[]): Promise<UpsertOutcome[]> {
    return this.#inParts(items, (plan, item) => plan.upsert(item));
  }

  /** As `upsert` for ids never seen before, removed ones included; leaves the others alone. For items that come with a bundle. */
  async seed(items: readonly Item[]): Promise<UpsertOutcome[]> {
    const outcomes = await this.#inParts(items, (plan, item) => plan.seed(item));
    return outcomes.filter((outcome) => outcome !== undefined);
  }

  /**
   * Takes the indices below `count` out of use that are not given out. They were once, and what named them then must not name
   * another item. Resolves when that is durable. Rejects with `StartupError` when `itemMax` is smaller.
   */
  async reserve(count: number): Promise<void> {
    checkItemCount(count, this.shared.itemMax);
    while (this.indexCount < count) {
      const items = Math.min(GROUP_ITEMS_MAX, count - this.indexCount);
      await this.#writes.add(items, (plan) => {
        for (let i = 0; i < items; i++) plan.reserve();
      });
    }
  }

  /** Changes fields of one item (validated: `itemPatchSchema`). */
  patch(id: string, patch: ItemPatch): Promise<UpsertOutcome> {
    return this.#writes.add(1, (plan) => plan.patch(id, patch));
  }

  /** Takes an item out; its index stays reserved for its id. False when it was not in the catalogue. */
  remove(id: string): Promise<boolean> {
    return this.#writes.add(1, (plan) => plan.remove(id));
  }

  /** Takes items out, as `remove` does; of each whether it was in the catalogue. In parts of `GROUP_ITEMS_MAX` ids. */
  async removeAll(ids: readonly string[]): Promise<boolean[]> {
    const outcomes: boolean[] = [];
    for (let from = 0; from < ids.length; from += GROUP_ITEMS_MAX) {
      const part = ids.slice(from, from + GROUP_ITEMS_MAX);
      const removed = await this.#writes.add(part.length, (plan) => part.map((id) => plan.remove(id)));
      for (const wasThere of removed) outcomes.push(wasThere);
    }
    return outcomes;
  }

  async #inParts<T>(items: readonly Item[], planOne: (plan: WritePlan, item: Item) => T): Promise<T[]> {
    const outcomes: T[] = [];
    let to = 0;
    for (let from = 0; from < items.length; from = to) {
      to = endOfPart(items, from);
      const part = items.slice(from, to);
      const planned = await this.#writes.add(part.length, (plan) => part.map((item) => planOne(plan, item)));
      for (const outcome of planned) outcomes.push(outcome);
    }
    return outcomes;
  }

  #newPlan(): WritePlan {
    return new WritePlan({
      items: this.#items,
      dictionaries: this.#dictionaries,
      itemMax: this.shared.itemMax,
      clock: this.#clock,
    });
  }

  async #commit(planned: readonly PlannedItem[]): Promise<void> {
    if (planned.length === 0) return;
    const { unsaved } = this.#dictionaries;
    const codes = unsaved.slice();
    await this.#store.put(
      planned.map(({ stored }) => stored),
      codes,
    );
    unsaved.splice(0, codes.length);
    for (let from = 0; from < planned.length; from += SHOWN_AT_ONCE) {
      if (from > 0 && this.#bites.isOver) await this.#bites.rest();
      this.#showSome(planned.slice(from, from + SHOWN_AT_ONCE));
    }
    this.#dictionaries.letGoUnused();
  }

  #showSome(planned: readonly PlannedItem[]): void {
    const columns = new Set<number>();
    const content: number[] = [];
    const faces: number[] = [];
    const stocks: number[] = [];
    const rows: number[] = [];
    const arrived: number[] = [];
    const { flags } = this.#rows.arrays;
    for (const { id, index, item, cells } of planned) {
      const before = this.item(index);
      if (!hasSameContent(before, item)) content.push(index);
      if (!hasSameFace(before, item)) faces.push(index);
      if (before?.stock !== item?.stock) stocks.push(index);
      const wasThere = flags[index] === RECOMMENDABLE;
      const differs = item === undefined ? this.#hide(index, id) : this.#show(index, item, cells, columns);
      if (differs) rows.push(index);
      if (!wasThere && flags[index] === RECOMMENDABLE) arrived.push(index);
    }
    const changed = planned.map(({ index }) => index);
    for (const listener of this.#listeners)
      listener(changed, { content, faces, stocks, rows, arrived, columns });
  }

  /** True when the row differs from before; see `CatalogueRows.write`. */
  #show(index: number, item: Item, cells: readonly Cell[], differing: Set<number>): boolean {
    const { categories, brands, columns } = this.#dictionaries;
    this.#release(index);
    this.#dictionaries.retain(item, cells);
    this.#items.put(index, item);
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

  /** Always true: the row of an item that leaves differs. */
  #hide(index: number, id: string): boolean {
    this.#release(index);
    this.#items.remove(index, id);
    this.#rows.clear(index);
    return true;
  }

  #release(index: number): void {
    const shown = this.item(index);
    if (shown !== undefined) this.#dictionaries.release(shown);
  }
}

/** Where a part of a large write ends: its items are `GROUP_ITEMS_MAX` at most, long vectors counting for several. */
function endOfPart(items: readonly Item[], from: number): number {
  let weight = 0;
  let to = from;
  while (to < items.length && (to === from || weight < GROUP_ITEMS_MAX))
    weight += 1 + (items[to++].vector?.length ?? 0) / VECTOR_OF_ITEM;
  return to;
}
