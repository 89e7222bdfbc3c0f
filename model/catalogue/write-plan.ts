import type { Clock } from '../../metrics/process/clock.js';
import type { Cell, StagedKinds } from './attribute-columns.js';
import type { CatalogueDictionaries } from './catalogue-dictionaries.js';
import { lostId, type StoredItem } from './catalogue-journal.js';
import { patchItem, type ItemPatch } from './item.js';
import { catalogueFull, unknownItem, type ItemRefusal } from './item-refusal.js';
import type { ItemTable } from './item-table.js';
import type { Item } from './shared-catalogue.js';

/** What became of one item. */
export type UpsertOutcome =
  | { readonly status: 'created' | 'updated'; readonly id: string; readonly index: number }
  | ({ readonly status: 'refused'; readonly id: string } & ItemRefusal);

/** An item of a write that is under way; nobody sees it yet. */
export interface PlannedItem {
  readonly id: string;
  readonly index: number;
  /** Undefined: the item is taken out. */
  readonly item: Item | undefined;
  readonly cells: readonly Cell[];
  readonly stored: StoredItem;
}

/** What a plan is made against; all of it is the catalogue's. */
export interface PlanGround {
  readonly items: ItemTable;
  readonly dictionaries: CatalogueDictionaries;
  readonly itemMax: number;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * The writes that become durable together, item by item: each is checked against the catalogue and the items planned before
 * it, and nobody sees any of them. An id that comes twice keeps what came later.
 */
export class WritePlan {
  readonly #ground: PlanGround;
  readonly #byId = new Map<string, PlannedItem>();
  readonly #kinds: StagedKinds = new Map();
  #nextIndex: number;

  constructor(ground: PlanGround) {
    this.#ground = ground;
    this.#nextIndex = ground.items.indexCount;
  }

  /** In the order in which ids came. */
  get planned(): readonly PlannedItem[] {
    return [...this.#byId.values()];
  }

  upsert(item: Item): UpsertOutcome {
    const { dictionaries, items } = this.#ground;
    const { id } = item;
    const reserved = this.#byId.get(id)?.index ?? items.reservedIndexOf(id);
    const refusal = this.#refusal(item, reserved);
    if (refusal !== undefined) return { status: 'refused', id, ...refusal };
    const before = this.#itemOf(id);
    const index = reserved < 0 ? this.#nextIndex++ : reserved;
    const createdMs = item.createdMs ?? before?.createdMs ?? this.#ground.clock.nowMs();
    const dated = { ...item, createdMs };
    const cells = dictionaries.encode(item, this.#kinds);
    const stored = { index, json: JSON.stringify(dated), isDeleted: false };
    this.#byId.set(id, { id, index, item: dated, cells, stored });
    return { status: before === undefined ? 'created' : 'updated', id, index };
  }

  /** As `upsert` for an id never seen before, removed ones included; undefined for any other. */
  seed(item: Item): UpsertOutcome | undefined {
    return this.#byId.has(item.id) || this.#ground.items.reservedIndexOf(item.id) >= 0
      ? undefined
      : this.upsert(item);
  }

  patch(id: string, patch: ItemPatch): UpsertOutcome {
    const item = this.#itemOf(id);
    if (item === undefined) return { status: 'refused', id, ...unknownItem(id) };
    const patched = patchItem(item, patch);
    return this.upsert(
      patch.createdMs === null ? { ...patched, createdMs: this.#ground.clock.nowMs() } : patched,
    );
  }

  /** False when the item is not in the catalogue. */
  remove(id: string): boolean {
    if (this.#itemOf(id) === undefined) return false;
    const index = this.#byId.get(id)?.index ?? this.#ground.items.indexOf(id);
    const stored = { index, json: JSON.stringify({ id }), isDeleted: true };
    this.#byId.set(id, { id, index, item: undefined, cells: [], stored });
    return true;
  }

  /** Gives the next index to an item that is lost: removed, under an id that no shop gives. */
  reserve(): void {
    const index = this.#nextIndex++;
    const id = lostId(index);
    const stored = { index, json: JSON.stringify({ id }), isDeleted: true };
    this.#byId.set(id, { id, index, item: undefined, cells: [], stored });
  }

  /** The item as it will be when what is planned so far is through. */
  #itemOf(id: string): Item | undefined {
    const planned = this.#byId.get(id);
    const { items } = this.#ground;
    return planned === undefined ? items.item(items.indexOf(id)) : planned.item;
  }

  #refusal(item: Item, reserved: number): ItemRefusal | undefined {
    const { dictionaries, itemMax, items } = this.#ground;
    if (reserved < 0 && this.#nextIndex >= itemMax) return catalogueFull(itemMax);
    return dictionaries.refusal(item, items.item(reserved)?.attributes, this.#kinds);
  }
}
