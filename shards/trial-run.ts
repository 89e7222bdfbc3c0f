import type { CatalogueView } from '../model/catalogue-view.js';
import { createScoreBatch } from '../model/score-batch.js';
import { RELATION, TILE, tiledRows, type ScoreBatch, type Scorer } from '../model/scorer.js';
import { VectorView, type SharedVectors } from '../model/shared-vectors.js';

/** Items of the trial: what is scored, and of these a shopper's clicks. */
const TRIAL_ITEMS = 64;

/**
 * Lets a model answer before it serves: a click of one shopper and the stored interest of another, over items of the
 * catalogue. What is wrong with the answer, or undefined. Rejects with what the runtime throws.
 */
export async function trialRun(
  scorer: Scorer,
  shared: SharedVectors,
  catalogue: CatalogueView,
): Promise<string | undefined> {
  const { vectors } = new VectorView(shared);
  const items = Math.min(TRIAL_ITEMS, catalogue.indexCount);
  const rows = tiledRows(items);
  const batch = createScoreBatch(scorer.shape, 2, 2 * Math.max(rows, TILE));
  batch.users = 2;
  batch.candidates = 2 * rows;
  fillClick(batch, scorer, vectors, items);
  const { width } = scorer.shape;
  for (let user = 0; user < 2; user++) {
    batch.tileOwner.fill(user, (user * rows) / TILE, ((user + 1) * rows) / TILE);
    batch.vectors.set(vectors.subarray(0, items * width), user * rows * width);
  }
  await scorer.run(batch);
  return problemOf(batch);
}

function fillClick(batch: ScoreBatch, scorer: Scorer, vectors: Float32Array, items: number): void {
  const { width, neighbours } = scorer.shape;
  batch.fresh[0] = 1;
  for (let row = 0; row < Math.min(neighbours, items); row++) {
    const vector = vectors.subarray(row * width, (row + 1) * width);
    batch.nodes.set(vector, row * width);
    batch.states.set(vector, row * width);
    batch.relation[row] = row === 0 ? RELATION.self : RELATION.other;
    batch.gap[row] = 1;
    batch.age[row] = row;
  }
}

function problemOf(batch: ScoreBatch): string | undefined {
  const outputs = {
    state: batch.state,
    interest: batch.interest,
    score: batch.score.subarray(0, batch.candidates),
  };
  for (const [name, values] of Object.entries(outputs)) {
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) return `its trial run gave ${values[wrong]} as ${name}; train it again`;
  }
  return undefined;
}
