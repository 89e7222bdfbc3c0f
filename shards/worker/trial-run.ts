import type { CatalogueView } from '../../model/catalogue/catalogue-view.js';
import { type Scorer } from '../../model/scorer/scorer.js';
import { itemVectors, type SharedVectors } from '../../model/kernel/shared-vectors.js';
import { StepRows } from '../../model/scorer/step-rows.js';
import { RELATION } from '../../model/scorer/step-shape.js';

/**
 * Lets a model answer before it serves: a click of a shopper who has clicked items of the catalogue. What is wrong with the
 * answer or with the ranker, or undefined. Throws what the runtime throws.
 */
export function trialRun(
  scorer: Scorer,
  shared: SharedVectors,
  catalogue: CatalogueView,
): string | undefined {
  const rows = new StepRows(scorer.shape, 1);
  fillClick(rows, scorer, itemVectors(shared), catalogue.indexCount);
  scorer.step(rows);
  return (
    problemOf('a new state or interest', rows.results) ??
    problemOf('a weight of its ranker', [...scorer.ranker.weight, scorer.ranker.bias])
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

function problemOf(what: string, values: ArrayLike<number>): string | undefined {
  const wrong = Array.from(values).find((value) => !Number.isFinite(value));
  return wrong === undefined ? undefined : `its trial run gave ${wrong} as ${what}; train it again`;
}
