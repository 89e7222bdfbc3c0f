import type { Item } from '../../catalogue/shared-catalogue.js';
import { createDenseVector, writeUnit, type ContentWeights } from '../../content/content-projection.js';
import { LinearProjection } from '../../content/linear-projection.js';
import {
  createSparseVector,
  inverseFrequencies,
  TextEncoder,
  type SparseVector,
} from '../../content/text-encoder.js';
import { fitRidge, type RidgeRows } from './ridge.js';

/** A learned map and how good it is: mean cosine with the learned vectors of items held out (weighted as in the fit), in percent. */
export interface FittedContent {
  readonly weights: ContentWeights;
  /** `text cosine` and `given cosine`, as far as there are such maps. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Items whose content is learned from: those clicked most, fewer where each has very many numbers. */
const ITEMS_MAX = 20_000;
const NUMBERS_MAX = 4_000_000;
/** With fewer, nothing is learned. */
const ITEMS_MIN = 50;
/** An item of so many clicks counts half of one of very many: vectors learned from a few are noisy. */
const HALF_TRUSTED_CLICKS = 10;
/** A bucket that fewer items fall into says nothing of the next item. */
const HOLDERS_MIN = 2;
const BUCKETS_MIN = 1_024;
const BUCKETS_MAX = 32_768;
/** Penalties tried, strongest first, each from the solution of the one before. */
const PENALTIES = [4, 1, 0.25, 0.06, 0.015] as const;
/** One item in so many is held out while the penalty is chosen. */
const HELD_OUT_EVERY = 5;
const CHOICE_ROUNDS = 12;
const FINAL_ROUNDS = 30;

/** Items to learn from, most clicked first, with their learned vectors. */
interface Learned {
  readonly items: readonly Item[];
  /** Float32 [items, width]. */
  readonly vectors: Float32Array;
  /** Float32 [items]. */
  readonly importance: Float32Array;
  readonly width: number;
}

/**
 * Learns what an item's text, and the vector that comes with it, say about its place in the item space, from items whose place
 * is known: ridge regression, weighted by clicks, the penalty chosen on items held out. `vectors` is Float32 [items, width],
 * zeros where unknown; `counts` the clicks of each. Nothing in it is random.
 */
export function fitContent(
  items: readonly Item[],
  vectors: Float32Array,
  width: number,
  counts: Int32Array,
): FittedContent {
  const learned = learnedItems(items, vectors, width, counts);
  const text = fitText(learned);
  const given = fitGiven(learned);
  return {
    weights: {
      ...(text !== undefined && { text: { idf: text.idf, weights: text.weights } }),
      ...(given !== undefined && { given: { weights: given.weights } }),
    },
    metrics: {
      ...(text !== undefined && { 'text cosine': text.cosine }),
      ...(given !== undefined && { 'given cosine': given.cosine }),
    },
  };
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

function fitText(learned: Learned): { idf: Float32Array; weights: Float32Array; cosine: number } | undefined {
  const idf = inverseFrequencies(learned.items, bucketsFor(learned.items), HOLDERS_MIN);
  const encoder = new TextEncoder(idf);
  const words = createSparseVector();
  const inputs = learned.items.map((item) => {
    encoder.encode(item, words);
    return copyOf(words);
  });
  const fitted = fit(learned, inputs, idf.length);
  return fitted && { idf, ...fitted };
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
function fitGiven(learned: Learned): { weights: Float32Array; cosine: number } | undefined {
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
  return fit(learned, inputs, length);
}

/** Chooses the penalty on items held out, then fits on all. Undefined when too few items have content. */
function fit(
  learned: Learned,
  inputs: readonly SparseVector[],
  inputCount: number,
): { weights: Float32Array; cosine: number } | undefined {
  const told = [...inputs.keys()].filter((row) => inputs[row].count > 0);
  if (told.length < ITEMS_MIN) return undefined;
  const isHeldOut = (row: number): boolean => row % HELD_OUT_EVERY === 0;
  const held = told.filter((row) => isHeldOut(row));
  const rest = rowsOf(
    learned,
    inputs,
    inputCount,
    told.filter((row) => !isHeldOut(row)),
  );
  let best = { penalty: 0, cosine: -2 };
  let weights: Float32Array | undefined;
  for (const penalty of PENALTIES) {
    weights = fitRidge(rest, penalty, CHOICE_ROUNDS, weights);
    const cosine = meanCosine(learned, inputs, held, weights);
    if (cosine <= best.cosine) break;
    best = { penalty, cosine };
  }
  return {
    weights: fitRidge(rowsOf(learned, inputs, inputCount, told), best.penalty, FINAL_ROUNDS),
    cosine: Math.round(best.cosine * 1_000) / 10,
  };
}

function rowsOf(
  { vectors, importance, width }: Learned,
  inputs: readonly SparseVector[],
  inputCount: number,
  rows: readonly number[],
): RidgeRows {
  const targets = new Float32Array(rows.length * width);
  rows.forEach((row, i) => targets.set(vectors.subarray(row * width, (row + 1) * width), i * width));
  return {
    inputs: rows.map((row) => inputs[row]),
    inputCount,
    targets,
    importance: Float32Array.from(rows, (row) => importance[row]),
    outputs: width,
  };
}

function meanCosine(
  { vectors, importance, width }: Learned,
  inputs: readonly SparseVector[],
  rows: readonly number[],
  weights: Float32Array,
): number {
  const projection = new LinearProjection(weights, width);
  const place = new Float32Array(width);
  let sum = 0;
  let total = 0;
  for (const row of rows) {
    projection.project(inputs[row], place, 0);
    for (let d = 0; d < width; d++) sum += importance[row] * place[d] * vectors[row * width + d];
    total += importance[row];
  }
  return sum / total;
}

function copyOf({ count, places, values }: SparseVector): SparseVector {
  return { count, places: places.slice(0, count), values: values.slice(0, count) };
}
