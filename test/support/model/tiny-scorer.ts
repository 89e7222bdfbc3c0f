import type { Explainer, InterestBatch } from '../../../model/scorer/explainer.js';
import { FEATURE_COUNT, FEATURE_NAMES } from '../../../model/features/feature-list.js';
import { SCORE_COLUMNS, SCORE_SCALE, type LinearRanker, type Scorer } from '../../../model/scorer/scorer.js';
import type { StepRows } from '../../../model/scorer/step-rows.js';
import { RELATION, type ScorerShape } from '../../../model/scorer/step-shape.js';

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
  readonly ranker: LinearRanker = {
    weight: rankerWeights(),
    mean: new Float32Array(FEATURE_COUNT + SCORE_COLUMNS),
    bias: 0,
  };
  readonly explainer: Explainer = {
    run: (batch) => {
      for (let user = 0; user < batch.rows.users; user++) this.#split(batch, user);
    },
    close: () => {},
  };

  step(rows: StepRows): void {
    this.runs++;
    for (let user = 0; user < rows.users; user++) this.#stepUser(rows, user);
  }

  close(): void {}

  #stepUser(rows: StepRows, user: number): void {
    const { width } = this.shape;
    const inSight = this.#rowsInSight(rows, user);
    const state = rows.results.subarray(rows.newState(user), rows.newState(user) + width);
    const interest = rows.results.subarray(rows.interest(user), rows.interest(user) + width);
    for (let d = 0; d < width; d++) {
      let mean = 0;
      for (const row of inSight) mean += this.#stateOf(rows, user, row, d) / inSight.length;
      state[d] = 0.5 * rows.rows[rows.node(user, 0) + d] + 0.5 * mean;
      interest[d] = state[d] + 0.5 * rows.rows[rows.slow(user) + d];
    }
    unit(interest);
  }

  #rowsInSight(rows: StepRows, user: number): number[] {
    return Array.from({ length: this.shape.neighbours }, (_, row) => row).filter(
      (row) => rows.codesOf(user, row).relation !== RELATION.none,
    );
  }

  /** Row 0 has no state yet: its vector stands for it. */
  #stateOf(rows: StepRows, user: number, row: number, d: number): number {
    return rows.rows[(row === 0 ? rows.node(user, 0) : rows.state(user, row)) + d];
  }

  /** The interest of `stepUser` again, each row's part on its own. */
  #split({ rows, spread, parts: all }: InterestBatch, user: number): void {
    const { width, neighbours: n } = this.shape;
    const parts = all.subarray(user * (n + 2) * width, (user + 1) * (n + 2) * width);
    const inSight = this.#rowsInSight(rows, user);
    const sum = new Float32Array(width);
    parts.fill(0);
    for (let d = 0; d < width; d++) {
      const add = (part: number, value: number) => {
        parts[part * width + d] += value;
        sum[d] += value;
      };
      add(0, 0.5 * rows.rows[rows.node(user, 0) + d]);
      for (const row of inSight) {
        const shares = spread.subarray((user * n + row) * n, (user * n + row + 1) * n);
        if (shares[row] === 1) add(row, (0.5 * this.#stateOf(rows, user, row, d)) / inSight.length);
        else
          shares.forEach((share, of) =>
            add(of, (0.5 * share * rows.rows[rows.node(user, of) + d]) / inSight.length),
          );
      }
      add(n + 1, 0.5 * rows.rows[rows.slow(user) + d]);
    }
    const length = Math.hypot(...sum);
    if (length > 0) parts.forEach((value, i) => (parts[i] = (SCORE_SCALE * value) / length));
  }
}

/** A dot product, and a little of what the graphs say. */
function rankerWeights(): Float32Array {
  const weight = new Float32Array(FEATURE_COUNT + SCORE_COLUMNS);
  weight[NEIGHBOUR] = 1;
  weight[TREND] = 0.1;
  weight[FEATURE_COUNT] = 1 / SCORE_SCALE;
  return weight;
}

function unit(vector: Float32Array): void {
  const length = Math.hypot(...vector);
  if (length > 0) for (let d = 0; d < vector.length; d++) vector[d] /= length;
}
