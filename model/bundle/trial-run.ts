import { createInterestBatch } from '../scorer/explainer.js';
import { SCORE_COLUMNS, SCORE_SCALE, type Scorer } from '../scorer/scorer.js';
import type { StepRows } from '../scorer/step-rows.js';
import { RELATION } from '../scorer/step-shape.js';

/** Items that are scored in a trial. */
const SCORED = 256;

/**
 * Lets a model answer before it serves: a click of a shopper who has clicked the first items of `vectors`, Float32
 * [items, width], then the scores of items with it, and what these are made of. What is wrong with an answer, or undefined.
 * Throws what the runtime throws.
 */
export function trialRun(scorer: Scorer, vectors: Float32Array, items: number): string | undefined {
  const batch = createInterestBatch(scorer.shape, 1);
  const { rows } = batch;
  fillClick(rows, scorer, vectors, items);
  scorer.step(rows);
  scorer.explainer?.run(batch);
  const { weight, mean, bias } = scorer.ranker;
  return (
    problemOf('a new state or interest', rows.results) ??
    problemOf('a weight of its ranker', [...weight, ...mean, bias]) ??
    problemOf('a score', scoresOf(scorer, rows, vectors, Math.min(SCORED, items))) ??
    problemOf('a part of a score', batch.parts)
  );
}

function fillClick(rows: StepRows, { shape }: Scorer, vectors: Float32Array, items: number): void {
  const { width, neighbours } = shape;
  rows.users = 1;
  rows.clear(0);
  for (let row = 0; row < Math.min(neighbours, items); row++) {
    const vector = vectors.subarray(row * width, (row + 1) * width);
    rows.rows.set(vector, rows.node(0, row));
    if (row > 0) rows.rows.set(vector, rows.state(0, row));
    const relation = row === 0 ? RELATION.self : RELATION.other;
    rows.setCodes(0, row, { relation, gap: 1, kind: 0, age: row });
  }
}

/** Scores of the first items: the features at the means of the ranker's, the columns after them as the network says. */
function scoresOf({ shape, ranker }: Scorer, rows: StepRows, vectors: Float32Array, items: number): number[] {
  const { width } = shape;
  const { weight, mean, bias } = ranker;
  const network = weight.length - SCORE_COLUMNS;
  const interest = rows.results.subarray(rows.interest(0), rows.interest(0) + width);
  return Array.from({ length: items }, (_, item) => {
    let dot = 0;
    for (let i = 0; i < width; i++) dot += interest[i] * vectors[item * width + i];
    return weight.reduce(
      (sum, w, column) =>
        sum + w * (column < network ? mean[column] : column === network ? SCORE_SCALE * dot : dot),
      bias,
    );
  }).map(Math.fround);
}

function problemOf(what: string, values: ArrayLike<number>): string | undefined {
  const wrong = Array.from(values).find((value) => !Number.isFinite(value));
  return wrong === undefined ? undefined : `its trial run gave ${wrong} as ${what}; train it again`;
}
