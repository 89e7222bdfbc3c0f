import type { Bites } from '../../metrics/process/bites.js';
import type { Bundle } from './bundle.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { ContentProjection } from '../content/content-projection.js';
import { ItemLinker } from '../content/item-linker.js';
import { CategoryMeans } from './category-means.js';
import { mostClickedRows } from './most-clicked-rows.js';
import { NewItemRing } from './new-item-ring.js';
import { itemVectors, NEW_ITEMS_MAX, VECTOR_ORIGIN, type SharedVectors } from '../kernel/shared-vectors.js';

/** Lists made in one turn of the event loop, a millisecond of work. */
const LINKS_A_TURN = 2;
/** Rows of a bundle between two places where the placing may rest. */
const ROWS_AT_ONCE = 64;

/** What a bundle has that goes into places. */
export type PlaceableBundle = Pick<Bundle, 'items' | 'vectors' | 'similar' | 'history' | 'content'>;
/** A vector that turned by less keeps its list of nearest items. */
const SAME_COSINE = 0.98;

/**
 * A bundle's vectors put in the places of the catalogue's items. Its items have to be in the catalogue before
 * (`Catalogue.seed`). An item without a learned vector takes, in this order: the place that the bundle's projection gives its
 * text and its vectors; the unit mean of the vectors of its category; zeros. The bundle itself is not kept.
 *
 * Placing takes a tenth of a millisecond an item and more: `atOnce` does it without a pause, `place` in bites. Items that
 * change meanwhile get their places at its end.
 */
export class PlacedBundle {
  readonly shared: SharedVectors;
  /** Int32 [rows of the bundle]: item index of each row; −1 for an item that is not in the catalogue. */
  readonly indexOfRow: Int32Array;
  readonly #catalogue: Catalogue;
  readonly #vectors: Float32Array;
  readonly #origin: Uint8Array;
  readonly #projection: ContentProjection;
  readonly #newItems: NewItemRing;
  /** Undefined until the bundle's vectors are in their places. */
  #linker: ItemLinker | undefined;
  /** Items that changed before that. */
  readonly #early = new Set<number>();
  readonly #later: (work: () => void) => void;
  /** Items that wait for their list of nearest items. */
  readonly #waiting = new Set<number>();
  readonly #place: Float32Array;
  readonly #means = new CategoryMeans();
  readonly #references: { readonly item: number; readonly clicks: number }[] = [];

  /**
   * Places nothing yet. `shared` is new and as wide as the bundle. `later` runs some work in another turn of the event loop:
   * lists of nearest items of new items are made then, so that a large upsert holds nobody up.
   */
  constructor(
    bundle: Pick<PlaceableBundle, 'items' | 'content'>,
    catalogue: Catalogue,
    shared: SharedVectors,
    later: (work: () => void) => void = setImmediate,
  ) {
    this.shared = shared;
    this.indexOfRow = new Int32Array(bundle.items.length);
    this.#catalogue = catalogue;
    this.#vectors = itemVectors(shared);
    this.#origin = new Uint8Array(shared.origin);
    this.#projection = new ContentProjection(bundle.content, shared.width);
    this.#newItems = new NewItemRing(shared);
    this.#later = later;
    this.#place = new Float32Array(shared.width);
  }

  /** A bundle with everything in its place. */
  static atOnce(
    bundle: PlaceableBundle,
    catalogue: Catalogue,
    shared: SharedVectors,
    later?: (work: () => void) => void,
  ): PlacedBundle {
    const placed = new PlacedBundle(bundle, catalogue, shared, later);
    const placing = placed.#placeAll(bundle);
    while (placing.next().done !== true);
    return placed;
  }

  /** Puts everything in its place, in bites; `bundle` is the one that it was made with. */
  async place(bundle: PlaceableBundle, bites: Pick<Bites, 'isOver' | 'rest'>): Promise<void> {
    const placing = this.#placeAll(bundle);
    while (placing.next().done !== true) if (bites.isOver) await bites.rest();
  }

  /** Items that others are compared with, most clicked first, at most `REFERENCES_MAX`; none until all is in its place. */
  get references(): readonly { readonly item: number; readonly clicks: number }[] {
    return this.#references;
  }

  /** Items of the catalogue that have no learned vector. */
  *placedByContent(): Generator<number> {
    for (const index of this.#catalogue.indices())
      if (this.#origin[index] !== VECTOR_ORIGIN.learned) yield index;
  }

  /**
   * Moves an item that stands where its content placed it towards `neighbours`, the mean place of the items that say the like
   * (`ContentNeighbours`): Float32 [width], unit length. `share` of its text's place is theirs, 0 to 1, the rest is what was learned of
   * its words. Until it changes again.
   */
  refineItem(index: number, neighbours: Float32Array, share: number): void {
    if (this.#linker === undefined || this.#origin[index] === VECTOR_ORIGIN.learned) return;
    const item = this.#catalogue.item(index);
    if (item === undefined) return;
    if (!this.#projection.project(item, this.#place, { place: neighbours, share })) return;
    this.#vectors.set(this.#place, index * this.shared.width);
    this.#origin[index] = VECTOR_ORIGIN.content;
    this.#linkLater(index);
  }

  /** Gives an item that is new, or changed, its place; a learned vector stays. Call on every change of an item. */
  placeItem(index: number): void {
    if (this.#linker === undefined) {
      this.#early.add(index);
      return;
    }
    if (this.#placeOne(index)) this.#linkLater(index);
  }

  /** As `placeItem`, of each of them. */
  placeItems(indices: readonly number[]): void {
    for (const index of indices) this.placeItem(index);
  }

  #linkLater(index: number): void {
    this.#newItems.note(index);
    if (this.#waiting.size === 0) this.#later(() => this.#linkSome());
    this.#waiting.add(index);
  }

  #linkSome(): void {
    let left = LINKS_A_TURN;
    for (const index of this.#waiting) {
      if (left-- === 0) break;
      this.#waiting.delete(index);
      this.#linker?.link(index, this.#newItems.items);
    }
    if (this.#waiting.size > 0) this.#later(() => this.#linkSome());
  }

  /** True when the item took a place by its content that it did not have before. */
  #placeOne(index: number): boolean {
    if (this.#origin[index] === VECTOR_ORIGIN.learned) return false;
    const { width } = this.shared;
    const item = this.#catalogue.item(index);
    if (item !== undefined && this.#projection.project(item, this.#place)) {
      const isThere =
        this.#origin[index] === VECTOR_ORIGIN.content && this.#cosineWithPlace(index) > SAME_COSINE;
      this.#vectors.set(this.#place, index * width);
      this.#origin[index] = VECTOR_ORIGIN.content;
      return !isThere;
    }
    const mean = this.#means.of(item?.category);
    if (mean === undefined) this.#vectors.fill(0, index * width, (index + 1) * width);
    else this.#vectors.set(mean, index * width);
    this.#origin[index] = mean === undefined ? VECTOR_ORIGIN.none : VECTOR_ORIGIN.category;
    return false;
  }

  #cosineWithPlace(index: number): number {
    const at = index * this.shared.width;
    return this.#place.reduce((sum, value, d) => sum + value * this.#vectors[at + d], 0);
  }

  /** Yields where it may rest. */
  *#placeAll({ items, vectors, similar, history }: PlaceableBundle): Generator<void> {
    for (let row = 0; row < items.length; row++) {
      this.indexOfRow[row] = this.#catalogue.indexOf(items[row].id);
      if (row % ROWS_AT_ONCE === 0) yield;
    }
    yield* this.#placeVectors(vectors);
    yield* this.#placeSimilar(similar);
    const linker = new ItemLinker(this.shared, yield* this.#mostClicked(history));
    yield* this.#placeOthers(linker);
    this.#linker = linker;
    for (const index of this.#early) this.placeItem(index);
    this.#early.clear();
  }

  /** Places the items that the bundle has no vector for; the newest of them become the new items, with lists of their own. */
  *#placeOthers(linker: ItemLinker): Generator<void> {
    const created = (index: number): number => this.#catalogue.item(index)?.createdMs ?? 0;
    const isNewer = (a: number, b: number): number => created(b) - created(a) || b - a;
    let newest: number[] = [];
    for (const index of this.#catalogue.indices()) {
      if (this.#placeOne(index) && newest.push(index) === 2 * NEW_ITEMS_MAX)
        newest = newest.sort(isNewer).slice(0, NEW_ITEMS_MAX);
      yield;
    }
    newest = newest.sort(isNewer).slice(0, NEW_ITEMS_MAX).reverse();
    for (const index of newest) this.#newItems.note(index);
    for (const index of newest) {
      linker.link(index, newest);
      yield;
    }
  }

  /** Items with a learned vector that the history holds most often. */
  *#mostClicked(history: Uint32Array): Generator<void, Int32Array> {
    const isLearned = (row: number): boolean =>
      this.indexOfRow[row] >= 0 && this.#origin[this.indexOfRow[row]] === VECTOR_ORIGIN.learned;
    const most = yield* mostClickedRows(history, this.indexOfRow.length, isLearned);
    for (const { row, clicks } of most) this.#references.push({ item: this.indexOfRow[row], clicks });
    return Int32Array.from(this.#references, ({ item }) => item);
  }

  *#placeVectors(vectors: Float32Array): Generator<void> {
    const { width } = this.shared;
    for (let row = 0; row < this.indexOfRow.length; row++) {
      this.#placeVector(this.indexOfRow[row], vectors.subarray(row * width, (row + 1) * width));
      if (row % ROWS_AT_ONCE === 0) yield;
    }
    this.#means.toUnitLength();
  }

  #placeVector(index: number, vector: Float32Array): void {
    if (index < 0 || vector.every((value) => value === 0)) return;
    this.#vectors.set(vector, index * this.shared.width);
    this.#origin[index] = VECTOR_ORIGIN.learned;
    this.#means.add(this.#catalogue.item(index)?.category, vector);
  }

  /** Lists close up over items that are not in the catalogue. */
  *#placeSimilar(similar: Int32Array): Generator<void> {
    const { similarCount } = this.shared;
    const target = new Int32Array(this.shared.similar);
    for (let row = 0; row < this.indexOfRow.length; row++) {
      let to = this.indexOfRow[row] * similarCount;
      for (let from = row * similarCount; to >= 0 && from < (row + 1) * similarCount; from++) {
        const neighbour = similar[from] < 0 ? -1 : this.indexOfRow[similar[from]];
        if (neighbour >= 0) target[to++] = neighbour + 1;
      }
      if (row % ROWS_AT_ONCE === 0) yield;
    }
  }
}
