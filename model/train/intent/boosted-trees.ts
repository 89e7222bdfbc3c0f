import type { ReturnHorizon, ReturnTree } from '../../intent/return-head.js';
import { BINS_MAX, binColumns, type BinnedColumns } from './binned-columns.js';
import type { LabelledRows } from './logistic-regression.js';

const TREES = 150;
/** Part of each tree's step that is taken. */
const RATE = 0.1;
/** Rows that a leaf has at least, and what is added to its curvature: a leaf of few rows says little. */
const LEAF_ROWS_MIN = 50;
const PENALTY = 5;
/** A split that gains less changes nothing. */
const GAIN_MIN = 1e-6;

/** Rows of one node of a tree, with what the loss says there. */
interface Node {
  readonly rows: Int32Array;
  readonly gradient: number;
  readonly curvature: number;
}

const NOBODY: Node = { rows: new Int32Array(0), gradient: 0, curvature: 0 };

/** The best border of a node: rows of `column` from `bin + 1` on go one way. */
interface Split {
  readonly column: number;
  readonly bin: number;
}

/** Boosting of the logistic loss with trees of two questions (Friedman 2001, second order as Chen and Guestrin 2016), over binned columns. Deterministic. */
export function fitBoostedTrees({ width, features, labels }: LabelledRows): Omit<ReturnHorizon, 'days'> {
  return new Boosting(binColumns(features, width), labels).run();
}

class Boosting {
  readonly #columns: BinnedColumns;
  readonly #labels: Uint8Array;
  /** Float64 [rows]: log odds so far; gradient and curvature of the loss by them. */
  readonly #logOdds: Float64Array;
  readonly #gradient: Float64Array;
  readonly #curvature: Float64Array;
  readonly #bias: number;

  constructor(columns: BinnedColumns, labels: Uint8Array) {
    const yes = labels.reduce((sum, label) => sum + label, 0);
    this.#columns = columns;
    this.#labels = labels;
    this.#bias = Math.log((yes + 1) / (labels.length - yes + 1));
    this.#logOdds = new Float64Array(labels.length).fill(this.#bias);
    this.#gradient = new Float64Array(labels.length);
    this.#curvature = new Float64Array(labels.length);
  }

  run(): Omit<ReturnHorizon, 'days'> {
    const all = Int32Array.from(this.#labels, (_, row) => row);
    const trees: ReturnTree[] = [];
    for (let i = 0; i < TREES; i++) {
      this.#derive();
      trees.push(this.#grow(this.#nodeOf(all)));
    }
    return { bias: this.#bias, trees };
  }

  #derive(): void {
    this.#logOdds.forEach((logOdds, row) => {
      const p = 1 / (1 + Math.exp(-logOdds));
      this.#gradient[row] = this.#labels[row] - p;
      this.#curvature[row] = p * (1 - p);
    });
  }

  /** A tree over the rows of `root`, whose log odds move by it. */
  #grow(root: Node): ReturnTree {
    const first = this.#bestSplit(root);
    const halves = this.#halvesOf(root, first);
    const seconds = halves.map((half) => this.#bestSplit(half));
    const leaves = halves.flatMap((half, i) =>
      this.#halvesOf(half, seconds[i]).map((leaf) => this.#move(leaf)),
    );
    const splits = [first, ...seconds];
    return {
      features: splits.map((split) => split?.column ?? 0),
      thresholds: splits.map((split) =>
        split === undefined ? Number.MAX_VALUE : this.#columns.borders[split.column][split.bin],
      ),
      leaves,
    };
  }

  /** Moves the rows of a leaf; by how much. */
  #move({ rows, gradient, curvature }: Node): number {
    const step = (RATE * gradient) / (curvature + PENALTY);
    for (const row of rows) this.#logOdds[row] += step;
    return step;
  }

  #nodeOf(rows: Int32Array): Node {
    let [gradient, curvature] = [0, 0];
    for (const row of rows) {
      gradient += this.#gradient[row];
      curvature += this.#curvature[row];
    }
    return { rows, gradient, curvature };
  }

  /** The rows below and above the border; of a node without one all are below. */
  #halvesOf(node: Node, split: Split | undefined): readonly [Node, Node] {
    if (split === undefined) return [node, NOBODY];
    const bins = this.#columns.bins[split.column];
    const below = node.rows.filter((row) => bins[row] <= split.bin);
    const above = node.rows.filter((row) => bins[row] > split.bin);
    return [this.#nodeOf(below), this.#nodeOf(above)];
  }

  #bestSplit(node: Node): Split | undefined {
    let best: Split | undefined;
    let most = GAIN_MIN;
    this.#columns.borders.forEach((borders, column) => {
      const sums = this.#sums(node.rows, column);
      let [gradient, curvature, count] = [0, 0, 0];
      for (let bin = 0; bin < borders.length; bin++) {
        gradient += sums.gradient[bin];
        curvature += sums.curvature[bin];
        count += sums.count[bin];
        if (count < LEAF_ROWS_MIN || node.rows.length - count < LEAF_ROWS_MIN) continue;
        const gain =
          fit(gradient, curvature) +
          fit(node.gradient - gradient, node.curvature - curvature) -
          fit(node.gradient, node.curvature);
        if (gain <= most) continue;
        most = gain;
        best = { column, bin };
      }
    });
    return best;
  }

  #sums(rows: Int32Array, column: number): Record<'gradient' | 'curvature' | 'count', Float64Array> {
    const bins = this.#columns.bins[column];
    const gradient = new Float64Array(BINS_MAX);
    const curvature = new Float64Array(BINS_MAX);
    const count = new Float64Array(BINS_MAX);
    for (const row of rows) {
      gradient[bins[row]] += this.#gradient[row];
      curvature[bins[row]] += this.#curvature[row];
      count[bins[row]]++;
    }
    return { gradient, curvature, count };
  }
}

/** How much less loss a leaf of these sums leaves, twice. */
function fit(gradient: number, curvature: number): number {
  return gradient ** 2 / (curvature + PENALTY);
}
