import { BITE_US, Bites } from '../../metrics/process/bites.js';
import { realClock, type Clock } from '../../metrics/process/clock.js';
import type { FilterColumn } from './catalogue-dictionaries.js';
import type { CatalogueStore, LogPlace, StoredCode } from './catalogue-journal.js';
import { type Item, type SharedCatalogue, createSharedCatalogue } from './shared-catalogue.js';
import type { Dictionary } from './dictionary.js';
import type { ItemPatch } from './item.js';
import { checkItemCount, restoreCatalogue } from './restore-catalogue.js';
import { ShownItems, type CatalogueListener } from './shown-items.js';
import {
  WritePlan,
  type ItemCommand,
  type ItemOutcome,
  type PlannedItem,
  type UpsertOutcome,
  type WriteOrder,
} from './write-plan.js';
import { GROUP_ITEMS_MAX, WriteQueue } from './write-queue.js';
import { vectorNumbers } from '../vectors/given-vectors.js';

export interface CatalogueOptions {
  readonly itemMax: number;
  readonly columnMax: number;
  /** Stays the caller's, who closes it after the last write. */
  readonly store: CatalogueStore;
  readonly clock?: Pick<Clock, 'nowMs'>;
  /** Where large writes rest; the thread's own when it has other bulk work. */
  readonly bites?: Pick<Bites, 'isOver' | 'rest'>;
  /**
   * True: a code belongs to its value for ever, also over starts. Catalogues that carry out the same log have the same codes then,
   * whenever each of them was started.
   */
  readonly keepsCodes?: boolean;
}

/** Numbers of a vector that take as long to plan and to write as an item without one. */
const VECTOR_OF_ITEM = 256;

/**
 * The catalogue on the gateway thread, its only writer.
 *
 * Order: writes are carried out in the order they come. A write is first made durable, then shown in shared memory and told
 * to listeners, then its promise resolves; it rejects, with nothing shown, when the store does. Writes that wait at the same
 * time become durable together. A large one is taken in parts of `GROUP_ITEMS_MAX` items, between which others go; when the
 * store refuses a part, those before it stay. In place of this order there may be that of a log which others follow as well (`orderBy`).
 * Errors of single items are values in the outcomes; the other items of the batch are taken.
 * Bites: no write holds the thread longer than `Bites` allows.
 * Bounds: `itemMax` indices in the life of a catalogue, since a removed item keeps its index; `columnMax` attribute names.
 */
export class Catalogue {
  readonly shared: SharedCatalogue;
  readonly #store: CatalogueStore;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #shown: ShownItems;
  readonly #writes: WriteQueue<WritePlan>;
  #order: WriteOrder;
  /** Carried out by `carryOut` and not on the disk yet. */
  readonly #unsaved: PlannedItem[] = [];
  #savedCount = 0;

  private constructor(options: CatalogueOptions) {
    this.shared = createSharedCatalogue(options.itemMax, options.columnMax);
    this.#store = options.store;
    this.#clock = options.clock ?? realClock;
    this.#shown = new ShownItems(this.shared, options.bites ?? new Bites(realClock, BITE_US));
    const writes = new WriteQueue(
      () => this.#planAt(this.#clock.nowMs()),
      (plan) => this.#commit(plan.planned),
    );
    this.#writes = writes;
    this.#order = {
      get length() {
        return writes.length;
      },
      add: (command) => writes.add(itemsOf(command), (plan) => plan.carryOut(command)),
    };
  }

  /** Reads what the store holds. Rejects with `StartupError` when that does not fit the maxima or is broken. */
  static async create(options: CatalogueOptions): Promise<Catalogue> {
    const catalogue = new Catalogue(options);
    const shown = catalogue.#shown;
    const { dictionaries } = shown;
    restoreCatalogue(options.store.load(), options, {
      dictionaries,
      put: (index, item) => void shown.put(index, item, dictionaries.encode(item, new Map()), new Set()),
      remove: (index, id) => shown.remove(index, id),
    });
    if (options.keepsCodes === true) dictionaries.letGoUnused();
    else dictionaries.reuseCodes();
    catalogue.#savedCount = catalogue.indexCount;
    return catalogue;
  }

  /** Items in the catalogue, in stock or not. */
  get size(): number {
    return this.#shown.items.size;
  }

  /** Indices given out; each belongs to an item, in the catalogue or removed. */
  get indexCount(): number {
    return this.#shown.items.indexCount;
  }

  /** Of these indices those whose items are on the disk. */
  get savedCount(): number {
    return this.#savedCount;
  }

  /** Index of an item in the catalogue; −1 for an unknown or removed one. */
  indexOf(id: string): number {
    return this.#shown.items.indexOf(id);
  }

  /** Index that belongs to an id, also of a removed item; −1 for an id never seen. */
  everIndexOf(id: string): number {
    return this.#shown.items.reservedIndexOf(id);
  }

  /** Id that an index was given out for, also of a removed item. `index` must be below `indexCount`. */
  idOf(index: number): string {
    return this.#shown.items.idOf(index);
  }

  /** The item as last put; undefined when removed. The catalogue's: not to be changed. */
  item(index: number): Item | undefined {
    return this.#shown.items.item(index);
  }

  title(index: number): string | undefined {
    return this.#shown.items.item(index)?.title;
  }

  /** Indices of all items in the catalogue. */
  indices(): Iterable<number> {
    return this.#shown.items.indices();
  }

  /** Codes of categories and brands, as they stand in the shared columns. */
  get categories(): Dictionary {
    return this.#shown.dictionaries.categories;
  }
  get brands(): Dictionary {
    return this.#shown.dictionaries.brands;
  }

  /** How many codes of values were given out, those let go included. */
  get codeCount(): number {
    return this.#shown.dictionaries.codeCount;
  }

  /** See `CatalogueDictionaries.codes`. */
  codes(): Iterable<StoredCode> {
    return this.#shown.dictionaries.codes();
  }

  /** What a filter tests under this name; undefined for a name that no item ever had. */
  filterColumn(name: string): FilterColumn | undefined {
    return this.#shown.dictionaries.filterColumn(name);
  }

  /** Adds a listener; listeners are called in the order they came. Call the returned function to take it off again. */
  onChange(listener: CatalogueListener): () => void {
    this.#shown.listeners.add(listener);
    return () => this.#shown.listeners.delete(listener);
  }

  /** Writes that wait for the one under way. */
  get waiting(): number {
    return this.#order.length;
  }

  /** Grows whenever a name or a value is new to the catalogue, or an attribute changes its kind. */
  get vocabularyVersion(): number {
    return this.#shown.dictionaries.version;
  }

  /**
   * Puts validated items (`itemSchema`): new ones get the next index, others are replaced as a whole and keep their
   * `createdMs` unless the item says another. Resolves when all are durable, with one outcome for each, in order.
   */
  upsert(items: readonly Item[]): Promise<UpsertOutcome[]> {
    return inParts(items, (part) => this.#order.add({ op: 'upsert', items: part }));
  }

  /** As `upsert` for ids never seen before, removed ones included; leaves the others alone. For items that come with a bundle. */
  async seed(items: readonly Item[]): Promise<UpsertOutcome[]> {
    const outcomes = await inParts(items, (part) => this.#order.add({ op: 'seed', items: part }));
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
  async patch(id: string, patch: ItemPatch): Promise<UpsertOutcome> {
    return (await this.#order.add({ op: 'patch', id, patch }))[0];
  }

  /** Takes an item out; its index stays reserved for its id. False when it was not in the catalogue. */
  async remove(id: string): Promise<boolean> {
    return (await this.#order.add({ op: 'remove', ids: [id] }))[0];
  }

  /** Takes items out, as `remove` does; of each whether it was in the catalogue. In parts of `GROUP_ITEMS_MAX` ids. */
  async removeAll(ids: readonly string[]): Promise<boolean[]> {
    const outcomes: boolean[] = [];
    for (let from = 0; from < ids.length; from += GROUP_ITEMS_MAX) {
      const part = ids.slice(from, from + GROUP_ITEMS_MAX);
      for (const wasThere of await this.#order.add({ op: 'remove', ids: part })) outcomes.push(wasThere);
    }
    return outcomes;
  }

  /** Somebody else brings commands into an order from now on, and has them carried out by `carryOut`. Call it when no write is under way. */
  orderBy(order: WriteOrder): void {
    this.#order = order;
  }

  /** How far of its log the store has everything; undefined for a catalogue that follows none. */
  get place(): LogPlace | undefined {
    return this.#store.place;
  }

  /**
   * Carries out the commands of one message of a log, and shows what comes of them; `nowMs` is the time of the message. Resolves with one
   * outcome for each item of each command. What was carried out is on the disk when `save` has resolved. One call at a time.
   */
  async carryOut(commands: readonly ItemCommand[], nowMs: number): Promise<ItemOutcome[][]> {
    const plan = this.#planAt(nowMs);
    const outcomes = commands.map((command): ItemOutcome[] => plan.carryOut(command));
    const { planned } = plan;
    for (const one of planned) this.#unsaved.push(one);
    await this.#shown.show(planned);
    return outcomes;
  }

  /** Makes durable what was carried out, and that the log was carried out up to `place`. Rejects when the store does; call it again then. */
  async save(place: LogPlace): Promise<void> {
    await this.#save(this.#unsaved, place);
    this.#unsaved.length = 0;
  }

  #planAt(nowMs: number): WritePlan {
    const { items, dictionaries, lengths } = this.#shown;
    return new WritePlan({ items, dictionaries, lengths, itemMax: this.shared.itemMax, nowMs });
  }

  async #commit(planned: readonly PlannedItem[]): Promise<void> {
    if (planned.length === 0) return;
    await this.#save(planned, undefined);
    await this.#shown.show(planned);
  }

  async #save(planned: readonly PlannedItem[], place: LogPlace | undefined): Promise<void> {
    const { unsaved } = this.#shown.dictionaries;
    const codes = unsaved.slice();
    await this.#store.put(
      planned.map(({ stored }) => stored),
      codes,
      place,
    );
    unsaved.splice(0, codes.length);
    for (const { index } of planned) this.#savedCount = Math.max(this.#savedCount, index + 1);
  }
}

/** Items that a command changes at most. */
function itemsOf(command: ItemCommand): number {
  if (command.op === 'patch') return 1;
  return command.op === 'remove' ? command.ids.length : command.items.length;
}

/** What becomes of all items, part by part. */
async function inParts<T>(
  items: readonly Item[],
  take: (part: readonly Item[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const outcomes: T[] = [];
  let to = 0;
  for (let from = 0; from < items.length; from = to) {
    to = endOfPart(items, from);
    for (const outcome of await take(items.slice(from, to))) outcomes.push(outcome);
  }
  return outcomes;
}

/** Where a part of a large write ends: its items are `GROUP_ITEMS_MAX` at most, long vectors counting for several. */
function endOfPart(items: readonly Item[], from: number): number {
  let weight = 0;
  let to = from;
  while (to < items.length && (to === from || weight < GROUP_ITEMS_MAX))
    weight += 1 + vectorNumbers(items[to++]) / VECTOR_OF_ITEM;
  return to;
}
