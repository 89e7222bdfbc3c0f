import type { Bundle } from './bundle.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { ContentProjection } from '../content/content-projection.js';
import { ItemLinker, REFERENCES_MAX } from '../content/item-linker.js';
import { toUnitLength } from '../content/linear-projection.js';
import { itemVectors, NEW_ITEMS_MAX, VECTOR_ORIGIN, type SharedVectors } from '../kernel/shared-vectors.js';

/** Lists made in one turn of the event loop, a millisecond of work. */
const LINKS_A_TURN = 4;
/** A vector that turned by less keeps its list of nearest items. */
const SAME_COSINE = 0.98;

/**
 * A bundle's vectors put in the places of the catalogue's items. Its items have to be in the catalogue before
 * (`Catalogue.seed`). An item without a learned vector takes, in this order: the place that the bundle's projection gives its own
 * content vector, or else its text; the unit mean of the vectors of its category; zeros. The bundle itself is not kept.
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
  readonly #linker: ItemLinker;
  readonly #later: (work: () => void) => void;
  /** Items that wait for their list of nearest items. */
  readonly #waiting = new Set<number>();
  readonly #place: Float32Array;
  /** Unit means by category. */
  readonly #means = new Map<string, Float32Array>();

  /**
   * Places everything into `shared`, which is new and as wide as the bundle. `later` runs some work in another turn of the
   * event loop: lists of nearest items are made then, so that a large upsert holds nobody up.
   */
  constructor(
    bundle: Pick<Bundle, 'items' | 'vectors' | 'similar' | 'history' | 'content'>,
    catalogue: Catalogue,
    shared: SharedVectors,
    later: (work: () => void) => void = setImmediate,
  ) {
    this.shared = shared;
    this.indexOfRow = Int32Array.from(bundle.items, ({ id }) => catalogue.indexOf(id));
    this.#catalogue = catalogue;
    this.#vectors = itemVectors(shared);
    this.#origin = new Uint8Array(shared.origin);
    this.#projection = new ContentProjection(bundle.content, shared.width);
    this.#newItems = new NewItemRing(shared);
    this.#later = later;
    this.#place = new Float32Array(shared.width);
    this.#placeVectors(bundle.vectors);
    this.#placeSimilar(bundle.similar);
    this.#linker = new ItemLinker(shared, this.#mostClicked(bundle.history));
    this.#placeOthers();
  }

  /** Gives an item that is new, or changed, its place; a learned vector stays. Call on every change of an item. */
  placeItem(index: number): void {
    if (!this.#placeOne(index)) return;
    this.#newItems.note(index);
    if (this.#waiting.size === 0) this.#later(() => this.#linkSome());
    this.#waiting.add(index);
  }

  #linkSome(): void {
    let left = LINKS_A_TURN;
    for (const index of this.#waiting) {
      if (left-- === 0) break;
      this.#waiting.delete(index);
      this.#linker.link(index, this.#newItems.items);
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
    const mean = this.#means.get(item?.category ?? '');
    if (mean === undefined) this.#vectors.fill(0, index * width, (index + 1) * width);
    else this.#vectors.set(mean, index * width);
    this.#origin[index] = mean === undefined ? VECTOR_ORIGIN.none : VECTOR_ORIGIN.category;
    return false;
  }

  #cosineWithPlace(index: number): number {
    const at = index * this.shared.width;
    return this.#place.reduce((sum, value, d) => sum + value * this.#vectors[at + d], 0);
  }

  /** Places the items that the bundle has no vector for; the newest of them become the new items, with lists of their own. */
  #placeOthers(): void {
    const placed = [...this.#catalogue.indices()].filter((index) => this.#placeOne(index));
    const created = (index: number): number => this.#catalogue.item(index)?.createdMs ?? 0;
    placed.sort((a, b) => created(a) - created(b) || a - b);
    const newest = placed.slice(-NEW_ITEMS_MAX);
    for (const index of newest) this.#newItems.note(index);
    for (const index of newest) this.#linker.link(index, newest);
  }

  /** Items with a learned vector that the history holds most often. */
  #mostClicked(history: Uint32Array): Int32Array {
    const counts = new Int32Array(this.indexOfRow.length);
    for (let at = 1, left = history[0] ?? 0; left > 0; left--) {
      const length = history[at + 1];
      for (let i = at + 2; i < at + 2 + length; i++) counts[history[i]]++;
      at += 2 + 2 * length;
    }
    const known = [...counts.keys()].filter(
      (row) => this.indexOfRow[row] >= 0 && this.#origin[this.indexOfRow[row]] === VECTOR_ORIGIN.learned,
    );
    known.sort((a, b) => counts[b] - counts[a] || a - b);
    return Int32Array.from(known.slice(0, REFERENCES_MAX), (row) => this.indexOfRow[row]);
  }

  #placeVectors(vectors: Float32Array): void {
    const { width } = this.shared;
    this.indexOfRow.forEach((index, row) => {
      const vector = vectors.subarray(row * width, (row + 1) * width);
      if (index < 0 || vector.every((value) => value === 0)) return;
      this.#vectors.set(vector, index * width);
      this.#origin[index] = VECTOR_ORIGIN.learned;
      this.#addToMean(index, vector);
    });
    for (const mean of this.#means.values()) toUnitLength(mean, 0, width);
  }

  #addToMean(index: number, vector: Float32Array): void {
    const category = this.#catalogue.item(index)?.category;
    if (category === undefined) return;
    const sum = this.#means.get(category) ?? new Float32Array(vector.length);
    for (let i = 0; i < vector.length; i++) sum[i] += vector[i];
    this.#means.set(category, sum);
  }

  /** Lists close up over items that are not in the catalogue. */
  #placeSimilar(similar: Int32Array): void {
    const { similarCount } = this.shared;
    const target = new Int32Array(this.shared.similar);
    this.indexOfRow.forEach((index, row) => {
      if (index < 0) return;
      let to = index * similarCount;
      for (let from = row * similarCount; from < (row + 1) * similarCount; from++) {
        const neighbour = similar[from] < 0 ? -1 : this.indexOfRow[similar[from]];
        if (neighbour >= 0) target[to++] = neighbour + 1;
      }
    });
  }
}

/** The items placed by their content that came last, in shared memory; the writer's side, on the gateway thread. */
class NewItemRing {
  readonly #ring: Int32Array;
  readonly #noted = new Set<number>();

  constructor(shared: SharedVectors) {
    this.#ring = new Int32Array(shared.newItems);
  }

  /** Items in the ring. */
  get items(): Iterable<number> {
    return this.#noted;
  }

  /** Notes an item unless it is there already; the oldest makes room. */
  note(item: number): void {
    if (this.#noted.has(item)) return;
    const count = this.#ring[0];
    const place = 1 + (count % NEW_ITEMS_MAX);
    if (count >= NEW_ITEMS_MAX) this.#noted.delete(this.#ring[place]);
    this.#ring[place] = item;
    this.#noted.add(item);
    Atomics.store(this.#ring, 0, count + 1);
  }
}
