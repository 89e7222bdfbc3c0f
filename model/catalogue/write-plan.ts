import type { Cell, StagedKinds } from './attribute-columns.js';
import type { CatalogueDictionaries } from './catalogue-dictionaries.js';
import { lostId, type StoredItem } from './catalogue-journal.js';
import { patchItem, type ItemPatch } from './item.js';
import {
  catalogueFull,
  tooManyVectors,
  unknownItem,
  wrongVectorLength,
  type ItemRefusal,
} from './item-refusal.js';
import type { ItemTable } from './item-table.js';
import type { Item } from './shared-catalogue.js';
import { boundProblem } from '../vectors/given-vectors.js';
import type { StagedLengths, VectorLengths } from '../vectors/vector-lengths.js';

/** What became of one item. */
export type UpsertOutcome =
  | { readonly status: 'created' | 'updated'; readonly id: string; readonly index: number }
  | ({ readonly status: 'refused'; readonly id: string } & ItemRefusal);

/** Something that is to be done to items; validated. */
export type ItemCommand =
  | { readonly op: 'upsert'; readonly items: readonly Item[] }
  /** As `upsert` for ids never seen before; leaves the others alone. */
  | { readonly op: 'seed'; readonly items: readonly Item[] }
  | { readonly op: 'patch'; readonly id: string; readonly patch: ItemPatch }
  | { readonly op: 'remove'; readonly ids: readonly string[] };

/** What became of each item of a command: of a removal whether it was there; undefined: a seed found it. */
export interface ItemOutcomes {
  readonly upsert: UpsertOutcome;
  readonly seed: UpsertOutcome | undefined;
  readonly patch: UpsertOutcome;
  readonly remove: boolean;
}
export type ItemOutcome = ItemOutcomes[ItemCommand['op']];

/** Brings the commands of a catalogue into an order, and has them carried out in it. */
export interface WriteOrder {
  /** Commands that wait for the ones under way. */
  readonly length: number;
  /** Resolves, when the command is durable and carried out, with one outcome for each of its items. */
  add<C extends ItemCommand>(command: C): Promise<ItemOutcomes[C['op']][]>;
}

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
  readonly lengths: VectorLengths;
  readonly itemMax: number;
  /** When these writes are said to be made, epoch ms. */
  readonly nowMs: number;
}

/**
 * The writes that become durable together, item by item: each is checked against the catalogue and the items planned before
 * it, and nobody sees any of them. An id that comes twice keeps what came later.
 */
export class WritePlan {
  readonly #ground: PlanGround;
  readonly #byId = new Map<string, PlannedItem>();
  readonly #kinds: StagedKinds = new Map();
  readonly #lengths: StagedLengths = new Map();
  #nextIndex: number;

  constructor(ground: PlanGround) {
    this.#ground = ground;
    this.#nextIndex = ground.items.indexCount;
  }

  /** In the order in which ids came. */
  get planned(): readonly PlannedItem[] {
    return [...this.#byId.values()];
  }

  /** One outcome for each item of the command, in order. */
  carryOut<C extends ItemCommand>(command: C): ItemOutcomes[C['op']][];
  carryOut(command: ItemCommand): ItemOutcome[] {
    switch (command.op) {
      case 'upsert':
        return command.items.map((item) => this.upsert(item));
      case 'seed':
        return command.items.map((item) => this.seed(item));
      case 'patch':
        return [this.patch(command.id, command.patch)];
      case 'remove':
        return command.ids.map((id) => this.remove(id));
    }
  }

  upsert(item: Item): UpsertOutcome {
    const { dictionaries, items, lengths } = this.#ground;
    const { id } = item;
    const reserved = this.#byId.get(id)?.index ?? items.reservedIndexOf(id);
    const refusal = this.#refusal(item, reserved);
    if (refusal !== undefined) return { status: 'refused', id, ...refusal };
    const before = this.#itemOf(id);
    const index = reserved < 0 ? this.#nextIndex++ : reserved;
    const createdMs = item.createdMs ?? before?.createdMs ?? this.#ground.nowMs;
    const dated = { ...item, createdMs };
    const cells = dictionaries.encode(item, this.#kinds);
    lengths.stage(item, this.#lengths);
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
    return this.upsert(patch.createdMs === null ? { ...patched, createdMs: this.#ground.nowMs } : patched);
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
    const replaced = items.item(reserved);
    return (
      dictionaries.refusal(item, replaced?.attributes, this.#kinds) ?? this.#vectorRefusal(item, replaced)
    );
  }

  #vectorRefusal(item: Item, replaced: Item | undefined): ItemRefusal | undefined {
    const tooMany = boundProblem(item);
    if (tooMany !== undefined) return tooManyVectors(tooMany);
    const problem = this.#ground.lengths.problem(item, replaced, this.#lengths);
    return problem === undefined ? undefined : wrongVectorLength(problem);
  }
}
