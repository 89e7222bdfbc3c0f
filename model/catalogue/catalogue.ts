import { realClock, type Clock } from '../../metrics/process/clock.js';
import type { Cell, StagedKinds } from './attribute-columns.js';
import { CatalogueDictionaries, type FilterColumn } from './catalogue-dictionaries.js';
import { CatalogueRows } from './catalogue-rows.js';
import type { CatalogueStore } from './catalogue-journal.js';
import { type Item, type SharedCatalogue, createSharedCatalogue } from './shared-catalogue.js';
import type { Dictionary } from './dictionary.js';
import { patchItem, type ItemPatch } from './item.js';
import { catalogueFull, unknownItem, type ItemRefusal } from './item-refusal.js';
import { ItemTable } from './item-table.js';
import { restoreCatalogue } from './restore-catalogue.js';
/** What became of one item. */
export type UpsertOutcome =
  | { readonly status: 'created' | 'updated'; readonly id: string; readonly index: number }
  | ({ readonly status: 'refused'; readonly id: string } & ItemRefusal);

export interface CatalogueOptions {
  readonly itemMax: number;
  readonly columnMax: number;
  /** Stays the caller's, who closes it after the last write. */
  readonly store: CatalogueStore;
  readonly clock?: Pick<Clock, 'nowMs'>;
}

/** Told after a change is on disk and in shared memory; `changed` holds indices of items put, patched or removed. */
export type CatalogueListener = (changed: readonly number[]) => void;

/** An item of a write that is under way; nobody sees it yet. */
interface PlannedItem {
  readonly index: number;
  readonly item: Item;
  readonly cells: readonly Cell[];
}

interface Batch {
  /** By id; an id that comes twice keeps its later item. */
  readonly planned: Map<string, PlannedItem>;
  readonly kinds: StagedKinds;
  nextIndex: number;
}

/**
 * The catalogue on the gateway thread, its only writer.
 *
 * Order: writes are carried out one after the other. A write is first made durable, then shown in shared memory and told
 * to listeners, then its promise resolves; it rejects, with nothing shown, when the store does.
 * Errors of single items are values in the outcomes; the other items of the batch are taken.
 * Bounds: `itemMax` indices in the life of a catalogue, since a removed item keeps its index; `columnMax` attribute names.
 */
export class Catalogue {
  readonly shared: SharedCatalogue;
  readonly #store: CatalogueStore;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #dictionaries: CatalogueDictionaries;
  readonly #rows: CatalogueRows;
  readonly #items = new ItemTable();
  readonly #listeners = new Set<CatalogueListener>();
  #lastWrite: Promise<unknown> = Promise.resolve();

  private constructor(options: CatalogueOptions) {
    this.shared = createSharedCatalogue(options.itemMax, options.columnMax);
    this.#dictionaries = new CatalogueDictionaries(options.columnMax);
    this.#store = options.store;
    this.#clock = options.clock ?? realClock;
    this.#rows = new CatalogueRows(this.shared);
  }

  /** Reads what the store holds. Rejects with `StartupError` when that does not fit the maxima or is broken. */
  static async create(options: CatalogueOptions): Promise<Catalogue> {
    const catalogue = new Catalogue(options);
    restoreCatalogue(options.store.load(), options, {
      dictionaries: catalogue.#dictionaries,
      put: (index, item) =>
        catalogue.#show({ index, item, cells: catalogue.#dictionaries.encode(item, new Map()) }),
      remove: (index, id) => catalogue.#hide(index, id),
    });
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

  /**
   * Puts validated items (`itemSchema`): new ones get the next index, others are replaced as a whole and keep their
   * `createdMs` unless the item says another. Resolves when all are durable, with one outcome for each, in order.
   */
  upsert(items: readonly Item[]): Promise<UpsertOutcome[]> {
    return this.#exclusive(() => this.#upsert(items));
  }

  /** As `upsert` for ids never seen before, removed ones included; leaves the others alone. For items that come with a bundle. */
  seed(items: readonly Item[]): Promise<UpsertOutcome[]> {
    return this.#exclusive(() => this.#upsert(items.filter(({ id }) => this.#items.reservedIndexOf(id) < 0)));
  }

  /** Changes fields of one item (validated: `itemPatchSchema`). */
  patch(id: string, patch: ItemPatch): Promise<UpsertOutcome> {
    return this.#exclusive(async () => {
      const item = this.item(this.indexOf(id));
      if (item === undefined) return { status: 'refused', id, ...unknownItem(id) };
      const [outcome] = await this.#upsert([patchItem(item, patch)]);
      return outcome;
    });
  }

  /** Takes an item out; its index stays reserved for its id. False when it was not in the catalogue. */
  remove(id: string): Promise<boolean> {
    return this.#exclusive(async () => {
      const index = this.indexOf(id);
      if (index < 0) return false;
      await this.#store.put([{ index, json: JSON.stringify({ id }), isDeleted: true }]);
      this.#hide(index, id);
      this.#tell([index]);
      return true;
    });
  }

  #exclusive<T>(write: () => Promise<T>): Promise<T> {
    const result = this.#lastWrite.then(write);
    this.#lastWrite = result.catch(() => undefined);
    return result;
  }

  async #upsert(items: readonly Item[]): Promise<UpsertOutcome[]> {
    const batch: Batch = { planned: new Map(), kinds: new Map(), nextIndex: this.indexCount };
    const outcomes = items.map((item) => this.#plan(item, batch));
    const planned = [...batch.planned.values()];
    if (planned.length > 0) await this.#commit(planned);
    return outcomes;
  }

  #plan(item: Item, batch: Batch): UpsertOutcome {
    const { id } = item;
    const before = batch.planned.get(id);
    const reserved = before?.index ?? this.#items.reservedIndexOf(id);
    const refusal = this.#refusal(item, reserved, batch);
    if (refusal !== undefined) return { status: 'refused', id, ...refusal };
    const index = reserved < 0 ? batch.nextIndex++ : reserved;
    const createdMs = item.createdMs ?? (before?.item ?? this.item(index))?.createdMs ?? this.#clock.nowMs();
    batch.planned.set(id, {
      index,
      item: { ...item, createdMs },
      cells: this.#dictionaries.encode(item, batch.kinds),
    });
    return { status: before !== undefined || this.indexOf(id) >= 0 ? 'updated' : 'created', id, index };
  }

  #refusal(item: Item, reserved: number, batch: Batch): ItemRefusal | undefined {
    if (reserved < 0 && batch.nextIndex >= this.shared.itemMax) return catalogueFull(this.shared.itemMax);
    return this.#dictionaries.refusal(item, this.item(reserved)?.attributes, batch.kinds);
  }

  async #commit(planned: readonly PlannedItem[]): Promise<void> {
    const { unsaved } = this.#dictionaries;
    const codes = unsaved.slice();
    const items = planned.map(({ index, item }) => ({ index, json: JSON.stringify(item), isDeleted: false }));
    await this.#store.put(items, codes);
    unsaved.splice(0, codes.length);
    for (const entry of planned) this.#show(entry);
    this.#tell(planned.map(({ index }) => index));
  }

  #show({ index, item, cells }: PlannedItem): void {
    const { categories, brands, columns } = this.#dictionaries;
    columns.release(this.item(index)?.attributes ?? {});
    for (const cell of cells) columns.retain(cell);
    this.#items.put(index, item);
    this.#rows.openColumns(columns.count);
    this.#rows.write(index, {
      price: item.price ?? Number.NaN,
      category: item.category === undefined ? -1 : categories.codeOf(item.category),
      brand: item.brand === undefined ? -1 : brands.codeOf(item.brand),
      createdMs: item.createdMs ?? Number.NaN,
      isInStock: item.stock === undefined || item.stock > 0,
      cells,
    });
  }

  #hide(index: number, id: string): void {
    this.#dictionaries.columns.release(this.item(index)?.attributes ?? {});
    this.#items.remove(index, id);
    this.#rows.clear(index);
  }

  #tell(changed: readonly number[]): void {
    for (const listener of this.#listeners) listener(changed);
  }
}
