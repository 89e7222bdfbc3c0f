import { KIND_ATTRIBUTE, KIND_LINKS_MAX, type Item } from '../catalogue/shared-catalogue.js';
import { toUnitLength } from '../content/linear-projection.js';
import { dot } from '../kernel/dot.js';
import type { MeaningIndex } from './meaning-index.js';

/** Kinds that are led to, those of most items; items of the others lead to these. */
export const KINDS_MAX = 5;
/** Of so few items the mean is trusted half: an only item would be nothing beside its mean. */
const MEAN_HALF = 1;
/** Items of a kind that others are compared with: those put last. A comparison with all takes some milliseconds. */
const COMPARED_MAX = 16_384;

/** What an item leads to, each kind's best first. */
export interface KindLinks {
  readonly index: number;
  /** Int32 [count], `KIND_LINKS_MAX` at most: items of other kinds. */
  readonly items: Int32Array;
  /** Float32 [count], above 0 to 1: cosines of their texts with the item's. */
  readonly likeness: Float32Array;
}

/** The items of a kind as others are compared with them. */
interface KindTable {
  readonly kind: string;
  readonly items: readonly number[];
  /** Float32 [dimension], and [items, dimension]: the mean, and what each is beside it, at unit length. */
  readonly mean: Float32Array;
  readonly vectors: Float32Array;
}

/** What kind of thing an item is; '' for one that says nothing of it. */
export function kindOf({ attributes }: Pick<Item, 'attributes'>): string {
  const kind = attributes?.[KIND_ATTRIBUTE];
  return typeof kind === 'string' ? kind : '';
}

/**
 * Which items of other kinds say the like of an item, by the encoder's vectors, from each of which its kind's mean is taken: what all
 * articles have in common makes none of them alike to a kettle. One thread's, which has nobody waiting.
 */
export class KindIndex {
  readonly #index: MeaningIndex;
  readonly #dimension: number;
  readonly #kinds = new Map<number, string>();
  readonly #members = new Map<string, Set<number>>();
  readonly #wanted: Float32Array;
  /** Undefined: something has changed since they were made. */
  #tables: readonly KindTable[] | undefined;

  /** @param index borrowed; vectors of items are read there when links are asked for */
  constructor(index: MeaningIndex, dimension: number) {
    this.#index = index;
    this.#dimension = dimension;
    this.#wanted = new Float32Array(dimension);
  }

  /** @param kind undefined: there is no such item any more, or nothing is said of it */
  set(item: number, kind: string | undefined): void {
    this.#tables = undefined;
    this.#forget(item);
    if (kind === undefined) return;
    this.#kinds.set(item, kind);
    const members = this.#members.get(kind) ?? new Set();
    this.#members.set(kind, members.add(item));
  }

  /** False: items are of one kind. */
  get isMixed(): boolean {
    return this.#members.size > 1;
  }

  /** The caller's; nothing for an item that is not here. */
  linksOf(index: number): KindLinks {
    const kind = this.#kinds.get(index);
    const tables = (this.#tables ??= this.#makeTables());
    const others = tables.filter((table) => table.kind !== kind);
    const own = tables.find((table) => table.kind === kind);
    const items: number[] = [];
    const likeness: number[] = [];
    if (kind !== undefined && this.#index.read(index, this.#wanted)) {
      centre(this.#wanted, 0, own?.mean ?? new Float32Array(this.#dimension));
      const share = Math.floor(KIND_LINKS_MAX / Math.max(1, others.length));
      for (const table of others) this.#addNearest(table, share, items, likeness);
    }
    return { index, items: Int32Array.from(items), likeness: Float32Array.from(likeness) };
  }

  /** Adds at most `count` items of a positive cosine with what is wanted. */
  #addNearest({ items, vectors }: KindTable, count: number, into: number[], likeness: number[]): void {
    const first = into.length;
    for (let row = 0; row < items.length; row++) {
      const cosine = dot(vectors, row * this.#dimension, this.#wanted, 0, this.#dimension);
      const isFull = into.length - first === count;
      if (cosine <= 0 || (isFull && cosine <= likeness[likeness.length - 1])) continue;
      let to = isFull ? into.length - 1 : into.length;
      for (; to > first && likeness[to - 1] < cosine; to--) {
        into[to] = into[to - 1];
        likeness[to] = likeness[to - 1];
      }
      into[to] = items[row];
      likeness[to] = cosine;
    }
  }

  #forget(item: number): void {
    const kind = this.#kinds.get(item);
    if (kind === undefined) return;
    this.#kinds.delete(item);
    const members = this.#members.get(kind);
    members?.delete(item);
    if (members?.size === 0) this.#members.delete(kind);
  }

  #makeTables(): readonly KindTable[] {
    return [...this.#members]
      .sort(([a, of], [b, than]) => than.size - of.size || (a < b ? -1 : 1))
      .slice(0, KINDS_MAX)
      .map(([kind, members]) => this.#table(kind, [...members].slice(-COMPARED_MAX)));
  }

  #table(kind: string, items: readonly number[]): KindTable {
    const dimension = this.#dimension;
    const vectors = new Float32Array(items.length * dimension);
    const mean = new Float32Array(dimension);
    items.forEach((item, row) => {
      const vector = vectors.subarray(row * dimension, (row + 1) * dimension);
      this.#index.read(item, vector);
      for (let d = 0; d < dimension; d++) mean[d] += vector[d] / (items.length + MEAN_HALF);
    });
    for (let row = 0; row < items.length; row++) centre(vectors, row * dimension, mean);
    return { kind, items, mean, vectors };
  }
}

/** Takes `mean` from the vector at `offset`, in place, and brings it to unit length; zeros where nothing is left. */
function centre(vectors: Float32Array, offset: number, mean: Float32Array): void {
  for (let d = 0; d < mean.length; d++) vectors[offset + d] -= mean[d];
  toUnitLength(vectors, offset, mean.length);
}
