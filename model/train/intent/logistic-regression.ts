/** Rows to learn a yes or no from. */
export interface LabelledRows {
  /** Numbers in a row. */
  readonly width: number;
  /** Float64 [rows, width], row-major. */
  readonly features: Float64Array;
  /** Uint8 [rows]: 1 for yes. */
  readonly labels: Uint8Array;
}

export interface LogisticWeights {
  readonly weights: number[];
  readonly bias: number;
}

/** Weight of the squared weights of standardised columns, a row. */
const PENALTY = 1e-3;
/** Steps of Newton's method: it doubles the right digits with each. */
const STEPS = 12;

/**
 * Logistic regression by Newton's method (iteratively reweighted least squares) on standardised columns, with a ridge; weights are told
 * for the columns as they come. Deterministic. Rows of both labels have to be there, or the bias has no end.
 */
export function fitLogistic({ width, features, labels }: LabelledRows): LogisticWeights {
  const { mean, deviation } = standard(features, width);
  const scaled = features.map((value, i) => (value - mean[i % width]) / deviation[i % width]);
  const theta = new Float64Array(width + 1);
  for (let step = 0; step < STEPS; step++) {
    const { gradient, hessian } = derivatives({ width, features: scaled, labels }, theta);
    const move = solved(hessian, gradient);
    move.forEach((value, i) => (theta[i] -= value));
  }
  const weights = Array.from({ length: width }, (_, i) => theta[i] / deviation[i]);
  const bias = weights.reduce((sum, weight, i) => sum - weight * mean[i], theta[width]);
  return { weights, bias };
}

/** Mean and deviation of each column; a constant column has deviation 1. */
function standard(features: Float64Array, width: number): { mean: Float64Array; deviation: Float64Array } {
  const rows = features.length / width;
  const mean = new Float64Array(width);
  const variance = new Float64Array(width);
  features.forEach((value, i) => (mean[i % width] += value / rows));
  features.forEach((value, i) => (variance[i % width] += (value - mean[i % width]) ** 2 / rows));
  return { mean, deviation: variance.map((value) => (value > 1e-12 ? Math.sqrt(value) : 1)) };
}

/** Gradient [width + 1] and Hessian [width + 1, width + 1] of the mean loss; the bias comes last. */
function derivatives(
  { width, features, labels }: LabelledRows,
  theta: Float64Array,
): { gradient: Float64Array; hessian: Float64Array[] } {
  const size = width + 1;
  const gradient = new Float64Array(size);
  const hessian = Array.from({ length: size }, () => new Float64Array(size));
  const row = new Float64Array(size).fill(1);
  for (let r = 0; r < labels.length; r++) {
    row.set(features.subarray(r * width, (r + 1) * width));
    const p = 1 / (1 + Math.exp(-row.reduce((sum, value, i) => sum + value * theta[i], 0)));
    for (let i = 0; i < size; i++) {
      gradient[i] += ((p - labels[r]) * row[i]) / labels.length;
      for (let j = 0; j < size; j++) hessian[i][j] += (p * (1 - p) * row[i] * row[j]) / labels.length;
    }
  }
  for (let i = 0; i < width; i++) {
    gradient[i] += PENALTY * theta[i];
    hessian[i][i] += PENALTY;
  }
  hessian[width][width] += 1e-9;
  return { gradient, hessian };
}

/** Solves `matrix · x = right` by elimination; the matrix is positive definite, and is used up. */
function solved(matrix: Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  const x = right.slice();
  for (let i = 0; i < size; i++)
    for (let row = i + 1; row < size; row++) {
      const factor = matrix[row][i] / matrix[i][i];
      for (let column = i; column < size; column++) matrix[row][column] -= factor * matrix[i][column];
      x[row] -= factor * x[i];
    }
  for (let i = size - 1; i >= 0; i--) {
    for (let column = i + 1; column < size; column++) x[i] -= matrix[i][column] * x[column];
    x[i] /= matrix[i][i];
  }
  return x;
}
