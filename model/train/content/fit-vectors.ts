import { createDenseVector, writeUnit } from '../../content/content-projection.js';
import { LinearProjection } from '../../content/linear-projection.js';
import type { SparseVector } from '../../content/text-encoder.js';
import { VECTOR_LIMITS, vectorsOf } from '../../vectors/given-vectors.js';
import { chooseRidge, ITEMS_MIN, VECTOR_PENALTIES, type FittedRidge, type Learned } from './choose-ridge.js';

/** Numbers that are learned from under one name: where each item has very many, fewer items are. */
const NUMBERS_MAX = 4_000_000;

/** What was learned of the vectors of one name. */
export interface FittedVectors extends FittedRidge {
  readonly name: string;
  /** Of each item; `count` 0 where it has none of that length. */
  readonly inputs: readonly SparseVector[];
}

/** The names that most items have, `VECTOR_LIMITS.names` at most; none of which too few items have a vector. Most used first. */
export function fitVectors(learned: Learned): FittedVectors[] {
  return mostUsed(learned).flatMap(([name, length]) => {
    const inputs = inputsOf(learned, name, length);
    const fitted = chooseRidge(learned, inputs, length, VECTOR_PENALTIES);
    return fitted === undefined ? [] : [{ name, inputs, ...fitted }];
  });
}

/** Places of the items held out that have a vector of the name, by row: by the map that was learned without them. */
export function vectorPlaces({ width }: Learned, fitted: FittedVectors): Map<number, Float32Array> {
  const projection = new LinearProjection(fitted.ofRest, width);
  const places = new Map<number, Float32Array>();
  fitted.inputs.forEach((input, row) => {
    if (input.count === 0 || !fitted.isHeldOut(row)) return;
    const place = new Float32Array(width);
    if (projection.project(input, place, 0)) places.set(row, place);
  });
  return places;
}

/** Names, and the length that most of their vectors have: those of another one are not of the same model. */
function mostUsed({ items }: Learned): [name: string, length: number][] {
  const uses = new Map<string, Map<number, number>>();
  for (const item of items)
    for (const [name, { length }] of vectorsOf(item)) {
      const lengths = uses.get(name) ?? new Map<number, number>();
      uses.set(name, lengths.set(length, (lengths.get(length) ?? 0) + 1));
    }
  return [...uses]
    .map(([name, lengths]) => ({ name, best: [...lengths].sort(([, a], [, b]) => b - a)[0] }))
    .sort((a, b) => b.best[1] - a.best[1] || (a.name < b.name ? -1 : 1))
    .slice(0, VECTOR_LIMITS.names)
    .map(({ name, best: [length] }) => [name, length]);
}

/** Vectors at unit length, of as many of the items that have one as may be learned from. */
function inputsOf({ items }: Learned, name: string, length: number): SparseVector[] {
  const dense = createDenseVector(length);
  let left = Math.max(ITEMS_MIN, Math.floor(NUMBERS_MAX / length));
  return items.map((item) => {
    const vector = left > 0 ? vectorCalled(name, item) : undefined;
    if (vector === undefined || !writeUnit(vector, dense)) return { ...dense, count: 0 };
    left--;
    return { ...dense, values: dense.values.slice() };
  });
}

function vectorCalled(name: string, item: Learned['items'][number]): readonly number[] | undefined {
  for (const [own, vector] of vectorsOf(item)) if (own === name) return vector;
  return undefined;
}
