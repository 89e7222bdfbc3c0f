import type { Explainer, InterestBatch } from '../../model/explainer.js';
import { FEATURE_COUNT, FEATURE_NAMES } from '../../model/features/index.js';
import { RELATION, TILE, type ScoreBatch, type Scorer, type ScorerShape } from '../../model/scorer.js';

const NEIGHBOUR = FEATURE_NAMES.indexOf('neighbour score relative to the best');
const TREND = FEATURE_NAMES.indexOf('ln(1 + recent popularity)');

/**
 * A model of a few lines whose answers depend on all that matters: the new state is half the clicked item's vector and half
 * the mean of the states in sight, the interest its direction with the slow interest, the score a dot product and a little
 * of what the graphs say. Rows do not touch each other.
 */
export class TinyScorer implements Scorer {
  readonly name = 'tiny@1';
  readonly wantsNeighbours = true;
  readonly shape: ScorerShape = { width: 8, neighbours: 12, features: FEATURE_COUNT, recents: 2 };
  runs = 0;
  readonly explainer: Explainer = {
    ranker: { weight: rankerWeights(), mean: new Float32Array(FEATURE_COUNT + 3), bias: 0 },
    run: (batch) => {
      for (let user = 0; user < batch.users; user++) this.split(batch, user);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };

  run(batch: ScoreBatch): Promise<void> {
    this.runs++;
    for (let user = 0; user < batch.users; user++) {
      if (batch.fresh[user] === 1) this.step(batch, user);
      else this.keep(batch, user);
    }
    for (let m = 0; m < batch.candidates; m++) this.score(batch, m);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private step(batch: ScoreBatch, user: number): void {
    const { width, neighbours } = this.shape;
    const rows = Array.from({ length: neighbours }, (_, j) => user * neighbours + j).filter(
      (row) => batch.relation[row] !== RELATION.none,
    );
    batch.attention.fill(0, user * neighbours, (user + 1) * neighbours);
    for (const row of rows) batch.attention[row] = 1 / rows.length;
    for (let d = 0; d < width; d++) {
      let mean = 0;
      for (const row of rows) mean += batch.states[row * width + d] / rows.length;
      batch.state[user * width + d] = 0.5 * batch.nodes[user * neighbours * width + d] + 0.5 * mean;
      batch.interest[user * width + d] = batch.state[user * width + d] + 0.5 * batch.slow[user * width + d];
    }
    unit(batch.interest.subarray(user * width, (user + 1) * width));
  }

  /** The interest of `step` again, each row's part on its own. */
  private split(batch: InterestBatch, user: number): void {
    const { width, neighbours: n } = this.shape;
    const parts = batch.parts.subarray(user * (n + 2) * width, (user + 1) * (n + 2) * width);
    const rows = batch.relation.subarray(user * n, (user + 1) * n).filter((r) => r !== RELATION.none).length;
    const sum = new Float32Array(width);
    parts.fill(0);
    for (let d = 0; d < width; d++) {
      const add = (part: number, value: number) => {
        parts[part * width + d] += value;
        sum[d] += value;
      };
      add(0, 0.5 * batch.nodes[user * n * width + d]);
      for (let j = 0; j < n; j++) {
        const row = user * n + j;
        if (batch.relation[row] === RELATION.none) continue;
        const spread = batch.spread.subarray(row * n, (row + 1) * n);
        if (spread[j] === 1) add(j, (0.5 * batch.states[row * width + d]) / rows);
        else
          spread.forEach((share, of) =>
            add(of, (0.5 * share * batch.nodes[(user * n + of) * width + d]) / rows),
          );
      }
      add(n + 1, 0.5 * batch.slow[user * width + d]);
    }
    const length = Math.hypot(...sum);
    if (length > 0) parts.forEach((value, i) => (parts[i] = (12 * value) / length));
  }

  private keep(batch: ScoreBatch, user: number): void {
    const { width, neighbours } = this.shape;
    batch.state.fill(0, user * width, (user + 1) * width);
    batch.interest.set(batch.stored.subarray(user * width, (user + 1) * width), user * width);
    batch.attention.fill(0, user * neighbours, (user + 1) * neighbours);
  }

  private score(batch: ScoreBatch, m: number): void {
    const { width } = this.shape;
    const user = batch.tileOwner[Math.floor(m / TILE)];
    let dot = 0;
    for (let d = 0; d < width; d++) dot += batch.interest[user * width + d] * batch.vectors[m * width + d];
    batch.networkScore[m] = 12 * dot;
    const at = m * FEATURE_COUNT;
    batch.score[m] = dot + batch.features[at + NEIGHBOUR] + 0.1 * batch.features[at + TREND];
  }
}

function rankerWeights(): Float32Array {
  const weight = new Float32Array(FEATURE_COUNT + 3);
  weight[NEIGHBOUR] = 1;
  weight[TREND] = 0.1;
  weight[FEATURE_COUNT] = 1 / 12;
  return weight;
}

function unit(vector: Float32Array): void {
  const length = Math.hypot(...vector);
  if (length > 0) for (let d = 0; d < vector.length; d++) vector[d] /= length;
}
