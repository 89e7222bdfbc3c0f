import type { Item } from './shared-catalogue.js';

/** What a change of the catalogue means for those who follow it. Item indices, each once. */
export interface ItemChanges {
  /** Items of which something is said that was not said before, or that are gone: all but stock and addresses count. */
  readonly content: readonly number[];
  /** Items of which a tile may show something else: all but units of stock and the vectors count. */
  readonly faces: readonly number[];
  /** Items with more or fewer units in stock. */
  readonly stocks: readonly number[];
  /**
   * Items whose row in shared memory differs from what it held. Units of stock are not in it: 49 left in place of 50 changes
   * nothing that a list is made of.
   */
  readonly rows: readonly number[];
  /** Those of `rows` that may be recommended now and could not before: new ones, and those that are in stock again. */
  readonly arrived: readonly number[];
  /** Columns that differ in one of `rows`, numbered as in a `CompiledFilter`; whether an item is in stock is no column. */
  readonly columns: Iterable<number>;
}

/** True when both say the same of an item in words, numbers and vectors. */
export function hasSameContent(a: Item | undefined, b: Item | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return saysTheSame(a, b) && isSame(a.vector, b.vector) && isSame(a.vectors, b.vectors);
}

/** True when a tile of the item shows the same, units of stock aside. */
export function hasSameFace(a: Item | undefined, b: Item | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const hasSameLooks = a.imageUrl === b.imageUrl && a.url === b.url && a.createdMs === b.createdMs;
  return hasSameLooks && saysTheSame(a, b);
}

/** What a shopper reads of an item, and what lists are made of. */
function saysTheSame(a: Item, b: Item): boolean {
  const isOfOneKind = a.category === b.category && a.brand === b.brand;
  return isOfOneKind && a.title === b.title && a.price === b.price && isSame(a.attributes, b.attributes);
}

/** A patch keeps what it does not name, so most pairs are one object. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
