import type { Item } from '../../catalogue/shared-catalogue.js';
import { createDenseVector, writeUnit, type ContentWeights } from '../../content/content-projection.js';
import { LinearProjection } from '../../content/linear-projection.js';
import {
  createSparseVector,
  inverseFrequencies,
  TextEncoder,
  type SparseVector,
} from '../../content/text-encoder.js';
import type { LearnedBlend } from '../../content/content-blend.js';
import { keptWords } from '../../content/content-neighbours.js';
import { REFERENCES_MAX } from '../../content/item-linker.js';
import type { ContentReader } from '../../encoder/item-reader.js';
import { fitBlend } from './fit-blend.js';
import { chooseRidge, ITEMS_MIN, type FittedRidge, type Learned } from './choose-ridge.js';

/** A learned map and how good it is: mean cosine with the learned vectors of items held out (weighted as in the fit), in percent. */
export interface FittedContent {
  readonly weights: ContentWeights;
  /** `text cosine` and `given cosine`, as far as there are such maps. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Items whose content is learned from: those clicked most, fewer where each has very many numbers. */
const ITEMS_MAX = 20_000;
const NUMBERS_MAX = 4_000_000;
/** An item of so many clicks counts half of one of very many: vectors learned from a few are noisy. */
const HALF_TRUSTED_CLICKS = 10;
/** A bucket that fewer items fall into says nothing of the next item. */
const HOLDERS_MIN = 2;
const BUCKETS_MIN = 1_024;
const BUCKETS_MAX = 32_768;

/**
 * Learns what an item's text, and the vector that comes with it, say about its place in the item space, from items whose place
 * is known: ridge regression, weighted by clicks, the penalty chosen on items held out. `vectors` is Float32 [items, width],
 * zeros where unknown; `counts` the clicks of each. With a `reader` how much the items that say the like count is learned too.
 * Nothing in it is random. Rejects when the encoder cannot be read.
 */
export async function fitContent(
  { items, counts }: { readonly items: readonly Item[]; readonly counts: Int32Array },
  vectors: Float32Array,
  width: number,
  reader?: ContentReader,
): Promise<FittedContent> {
  const learned = learnedItems(items, vectors, width, counts);
  const text = fitText(learned);
  const given = fitGiven(learned);
  const blend = text && reader && (await blendOf(learned, text, reader));
  return {
    weights: {
      ...(text !== undefined && { text: { idf: text.idf, weights: text.weights } }),
      ...(given !== undefined && { given: { weights: given.weights } }),
      ...(blend !== undefined && { blend: blend.learned }),
    },
    metrics: {
      ...(text !== undefined && { 'text cosine': text.cosine }),
      ...(blend !== undefined && { 'blend cosine': blend.cosine }),
      ...(given !== undefined && { 'given cosine': given.cosine }),
    },
  };
}

/** Chooses how words and the items that say the like go together, on the items that the map's penalty was chosen on. */
async function blendOf(
  learned: Learned,
  { idf, words, isHeldOut, ofRest }: FittedText,
  reader: ContentReader,
): Promise<{ readonly learned: LearnedBlend; readonly cosine: number } | undefined> {
  const { items, vectors, importance, width } = learned;
  const told = [...words.keys()].filter((row) => words[row].count > 0);
  const references = told.filter((row) => !isHeldOut(row)).slice(0, REFERENCES_MAX);
  const held = told.filter((row) => isHeldOut(row));
  const read = [...references, ...held];
  const meanings = new Map<number, Float32Array | undefined>();
  const made = await reader.vectorsOf(read.map((row) => items[row]));
  if (made.every((meaning) => meaning === undefined)) return undefined;
  read.forEach((row, i) => meanings.set(row, made[i]));
  const projection = new LinearProjection(ofRest, width);
  const { cosine, ...blend } = fitBlend(
    {
      references: references.map((row) => ({
        row,
        trust: importance[row],
        words: words[row],
        meaning: meanings.get(row),
      })),
      vectors,
      width,
      buckets: idf.length,
    },
    held.map((row) => {
      const byWords = new Float32Array(width);
      projection.project(words[row], byWords, 0);
      return {
        words: words[row],
        meaning: meanings.get(row),
        byWords,
        learned: vectors.subarray(row * width, (row + 1) * width),
        importance: importance[row],
      };
    }),
  );
  return { learned: { encoder: await reader.id(), ...blend }, cosine: Math.round(cosine * 1_000) / 10 };
}

function learnedItems(
  items: readonly Item[],
  vectors: Float32Array,
  width: number,
  counts: Int32Array,
): Learned {
  const isKnown = (row: number): boolean =>
    counts[row] > 0 && vectors.subarray(row * width, (row + 1) * width).some((value) => value !== 0);
  const rows = [...items.keys()]
    .filter((row) => isKnown(row))
    .sort((a, b) => counts[b] - counts[a] || a - b)
    .slice(0, ITEMS_MAX);
  const own = new Float32Array(rows.length * width);
  rows.forEach((row, i) => own.set(vectors.subarray(row * width, (row + 1) * width), i * width));
  return {
    items: rows.map((row) => items[row]),
    vectors: own,
    importance: Float32Array.from(rows, (row) => counts[row] / (counts[row] + HALF_TRUSTED_CLICKS)),
    width,
  };
}

interface FittedText extends FittedRidge {
  readonly idf: Float32Array;
  /** Of each item. */
  readonly words: readonly SparseVector[];
}

function fitText(learned: Learned): FittedText | undefined {
  const idf = inverseFrequencies(learned.items, bucketsFor(learned.items), HOLDERS_MIN);
  const encoder = new TextEncoder(idf);
  const words = createSparseVector();
  const inputs = learned.items.map((item) => {
    encoder.encode(item, words);
    return keptWords(words);
  });
  const fitted = chooseRidge(learned, inputs, idf.length);
  return fitted && { idf, words: inputs, ...fitted };
}

/** As many buckets as there are different tokens that several items share, in powers of two. */
function bucketsFor(items: readonly Item[]): number {
  const told = inverseFrequencies(items, 2 * BUCKETS_MAX, HOLDERS_MIN).reduce(
    (count, idf) => count + (idf > 0 ? 1 : 0),
    0,
  );
  return Math.min(BUCKETS_MAX, Math.max(BUCKETS_MIN, 2 ** Math.ceil(Math.log2(Math.max(1, told)))));
}

/** From vectors of the length that most items have. */
function fitGiven(learned: Learned): FittedRidge | undefined {
  const lengths = new Map<number, number>();
  for (const { vector } of learned.items)
    if (vector !== undefined) lengths.set(vector.length, (lengths.get(vector.length) ?? 0) + 1);
  const [length] = [...lengths].sort(([, a], [, b]) => b - a)[0] ?? [];
  if (length === undefined) return undefined;
  const dense = createDenseVector(length);
  const itemsMax = Math.max(ITEMS_MIN, Math.floor(NUMBERS_MAX / length));
  const inputs = learned.items.slice(0, itemsMax).map(({ vector }) => {
    const isUsable = vector !== undefined && writeUnit(vector, dense);
    return { ...dense, count: isUsable ? length : 0, values: dense.values.slice() };
  });
  return chooseRidge(learned, inputs, length);
}
