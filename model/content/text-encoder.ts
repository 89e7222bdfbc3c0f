import type { Item } from '../catalogue/shared-catalogue.js';
import { titleTerms } from '../catalogue/search/title-terms.js';

/** A sparse vector; arrays are as long as it has entries at most. Unit length, or `count` 0. */
export interface SparseVector {
  count: number;
  /** Int32 [count]: place of each entry, each at most once. */
  readonly places: Int32Array;
  /** Float32 [count]. */
  readonly values: Float32Array;
}

/** Room for one item's text, to be used again for the next. */
export function createSparseVector(): SparseVector {
  return { count: 0, places: new Int32Array(TOKENS_MAX), values: new Float32Array(TOKENS_MAX) };
}

/**
 * Hashed TF-IDF: each token falls into one of the buckets (FNV-1a), whose entry is `(1 + ln count) · idf`, and the whole is
 * brought to unit length. No vocabulary is kept, so a word nobody knew at training is only a bucket that says little.
 */
export class TextEncoder {
  /** Float32 [buckets]: 0 for a bucket that no item of the training had; it says nothing. */
  readonly idf: Float32Array;

  /** `idf.length` is a power of two. */
  constructor(idf: Float32Array) {
    this.idf = idf;
  }

  /** Writes what the item's words say into `into`; nothing known: `into.count` is 0. */
  encode(item: Omit<Item, 'id'>, into: SparseVector): void {
    let count = 0;
    let square = 0;
    for (const [bucket, times] of bucketCounts(item, this.idf.length)) {
      const value = (1 + Math.log(times)) * this.idf[bucket];
      if (value === 0) continue;
      into.places[count] = bucket;
      into.values[count++] = value;
      square += value * value;
    }
    const scale = 1 / Math.sqrt(square);
    for (let i = 0; i < count; i++) into.values[i] *= scale;
    into.count = count;
  }
}

/** How often each bucket is met in an item's text. */
export function bucketCounts(item: Omit<Item, 'id'>, buckets: number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const [token, count] of textTokens(item)) {
    const bucket = hash(token) & (buckets - 1);
    counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }
  return counts;
}

/** Inverse document frequencies, `1 + ln((1 + items) / (1 + holders))`; 0 for a bucket of fewer than `holdersMin` items. */
export function inverseFrequencies(
  items: readonly Omit<Item, 'id'>[],
  buckets: number,
  holdersMin: number,
): Float32Array {
  const holders = new Int32Array(buckets);
  for (const item of items) for (const bucket of bucketCounts(item, buckets).keys()) holders[bucket]++;
  return Float32Array.from(holders, (count) =>
    count < holdersMin ? 0 : 1 + Math.log((1 + items.length) / (1 + count)),
  );
}

/** FNV-1a over UTF-16 units, mixed once more so that the low bits are as good as the high ones. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}

/** Most tokens of one item that count; the rest of a very long description is left out. */
export const TOKENS_MAX = 512;

/** Letters of a word's pieces: they catch what plurals, compounds and spellings have in common. */
const PIECE_CHARS = 4;

/** Steps of the price per factor of e. */
const PRICE_STEPS = 2;

/**
 * What is said of an item, as tokens with how often each comes: the words of its title, pairs of neighbouring words, pieces
 * of four letters with the word's edges marked, category, brand, its price in steps, and one for each value of an attribute
 * (numbers are left out: their nearness is not equality). Empty for an item of which nothing is said.
 */
export function textTokens(item: Omit<Item, 'id'>): Map<string, number> {
  const tokens = new Map<string, number>();
  if (item.title !== undefined) addTitle(tokens, item.title);
  if (item.category !== undefined) add(tokens, `c ${item.category}`);
  if (item.brand !== undefined) add(tokens, `b ${item.brand}`);
  if (item.price !== undefined && item.price > 0)
    add(tokens, `q ${Math.round(PRICE_STEPS * Math.log(item.price))}`);
  for (const [name, value] of Object.entries(item.attributes ?? {})) {
    if (typeof value === 'number') continue;
    for (const one of Array.isArray(value) ? value : [value]) add(tokens, `a ${name} ${String(one)}`);
  }
  return tokens;
}

function addTitle(tokens: Map<string, number>, title: string): void {
  const words = titleTerms(title);
  words.forEach((word, i) => {
    add(tokens, `w ${word}`);
    if (i > 0) add(tokens, `p ${words[i - 1]} ${word}`);
    const marked = `<${word}>`;
    for (let at = 0; at + PIECE_CHARS <= marked.length; at++)
      add(tokens, `l ${marked.slice(at, at + PIECE_CHARS)}`);
  });
}

function add(tokens: Map<string, number>, token: string): void {
  const count = tokens.get(token);
  if (count !== undefined) tokens.set(token, count + 1);
  else if (tokens.size < TOKENS_MAX) tokens.set(token, 1);
}
