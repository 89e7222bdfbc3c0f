import type { SparseVector } from '../../content/text-encoder.js';

/** Dense inputs of more numbers are not multiplied with each other: that table would take more than 8 MB. */
const GRAM_INPUTS_MAX = 1_024;

/** Rows to fit a linear map on. */
export interface RidgeRows {
  /** Content of each row. */
  readonly inputs: readonly SparseVector[];
  /** Length of the dense form of an input. */
  readonly inputCount: number;
  /** Float32 [rows, outputs]. */
  readonly targets: Float32Array;
  /** Float32 [rows]: how much each row counts, above 0. */
  readonly importance: Float32Array;
  readonly outputs: number;
}

/**
 * Weighted ridge regression with a bias that is not penalised: minimises
 * `Σ_r w_r |y_r − b − x_r W|² + penalty |W|²` by conjugate gradients, all outputs side by side. Inputs stay sparse: memory is
 * four times the weights, work in each round is rows × entries × outputs. Dense ones, such as embeddings, are multiplied with each other
 * once, and a round is inputs² × outputs. Returns Float32 [inputs + 1, outputs], the bias last.
 * `start` continues from an earlier solution, such as that of a neighbouring penalty.
 */
export function fitRidge(
  rows: RidgeRows,
  penalty: number,
  rounds: number,
  start?: Float32Array,
): Float32Array {
  const weights = start?.slice() ?? meanWeights(rows);
  const residual = new Float32Array(weights.length);
  const apply = normalOperator(rows, penalty);
  apply(weights, residual);
  const goal = rightSide(rows);
  for (let i = 0; i < residual.length; i++) residual[i] = goal[i] - residual[i];
  const direction = residual.slice();
  const image = new Float32Array(weights.length);
  let square = dot(residual, residual);
  const enough = 1e-8 * dot(goal, goal);
  for (let round = 0; round < rounds && square > enough; round++) {
    apply(direction, image);
    const step = square / dot(direction, image);
    for (let i = 0; i < weights.length; i++) {
      weights[i] += step * direction[i];
      residual[i] -= step * image[i];
    }
    const next = dot(residual, residual);
    const turn = next / square;
    for (let i = 0; i < direction.length; i++) direction[i] = residual[i] + turn * direction[i];
    square = next;
  }
  return weights;
}

/** Zeros, and the mean target as the bias: what is said without looking at the content. */
export function meanWeights({ inputCount, targets, importance, outputs }: RidgeRows): Float32Array {
  const weights = new Float32Array((inputCount + 1) * outputs);
  const bias = weights.subarray(inputCount * outputs);
  let total = 0;
  importance.forEach((weight, row) => {
    total += weight;
    for (let d = 0; d < outputs; d++) bias[d] += weight * targets[row * outputs + d];
  });
  for (let d = 0; d < outputs; d++) bias[d] /= Math.max(total, 1e-12);
  return weights;
}

/** Writes `(Xᵀ w X + penalty) weights` into `out`, X with a column of ones for the bias. */
type NormalOperator = (weights: Float32Array, out: Float32Array) => void;

function normalOperator(rows: RidgeRows, penalty: number): NormalOperator {
  const gram = gramOf(rows);
  return gram === undefined
    ? (weights, out) => applyNormal(rows, penalty, weights, out)
    : (weights, out) => applyGram(gram, rows, penalty, weights, out);
}

/** `Xᵀ w X`, Float64 [inputs + 1, inputs + 1], the ones last; undefined where the inputs are sparse or it would be no gain. */
function gramOf({ inputs, inputCount, importance }: RidgeRows): Float64Array | undefined {
  const isDense = inputs.every(({ count }) => count === inputCount);
  if (!isDense || inputCount > GRAM_INPUTS_MAX || inputs.length < inputCount) return undefined;
  const size = inputCount + 1;
  const gram = new Float64Array(size * size);
  const x = new Float64Array(size).fill(1);
  inputs.forEach(({ places, values }, r) => {
    for (let k = 0; k < inputCount; k++) x[places[k]] = values[k];
    for (let i = 0; i < size; i++) {
      const weighted = importance[r] * x[i];
      for (let j = 0; j <= i; j++) gram[i * size + j] += weighted * x[j];
    }
  });
  for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) gram[i * size + j] = gram[j * size + i];
  return gram;
}

function applyGram(
  gram: Float64Array,
  { inputCount, outputs }: RidgeRows,
  penalty: number,
  weights: Float32Array,
  out: Float32Array,
): void {
  const size = inputCount + 1;
  const sums = new Float64Array(outputs);
  for (let i = 0; i < size; i++) {
    sums.fill(0);
    for (let j = 0; j < size; j++) {
      const product = gram[i * size + j];
      for (let d = 0; d < outputs; d++) sums[d] += product * weights[j * outputs + d];
    }
    const own = i < inputCount ? penalty : 0;
    for (let d = 0; d < outputs; d++) out[i * outputs + d] = sums[d] + own * weights[i * outputs + d];
  }
}

function applyNormal(rows: RidgeRows, penalty: number, weights: Float32Array, out: Float32Array): void {
  const { inputs, inputCount, importance, outputs } = rows;
  const bias = inputCount * outputs;
  for (let i = 0; i < bias; i++) out[i] = penalty * weights[i];
  out.fill(0, bias);
  const predicted = new Float32Array(outputs);
  for (let r = 0; r < inputs.length; r++) {
    for (let d = 0; d < outputs; d++) predicted[d] = weights[bias + d];
    gather(inputs[r], weights, predicted, outputs);
    for (let d = 0; d < outputs; d++) predicted[d] *= importance[r];
    scatter(inputs[r], predicted, out, outputs);
  }
}

/** `Xᵀ w Y`. */
function rightSide({ inputs, inputCount, targets, importance, outputs }: RidgeRows): Float32Array {
  const out = new Float32Array((inputCount + 1) * outputs);
  const target = new Float32Array(outputs);
  for (let r = 0; r < inputs.length; r++) {
    for (let d = 0; d < outputs; d++) target[d] = importance[r] * targets[r * outputs + d];
    scatter(inputs[r], target, out, outputs);
  }
  return out;
}

function gather(x: SparseVector, weights: Float32Array, into: Float32Array, outputs: number): void {
  for (let i = 0; i < x.count; i++) {
    const row = x.places[i] * outputs;
    const value = x.values[i];
    for (let d = 0; d < outputs; d++) into[d] += value * weights[row + d];
  }
}

/** Adds `values` to the rows of `out` that `x` names, each weighted as in `x`, and to the bias, the last row. */
function scatter(x: SparseVector, values: Float32Array, out: Float32Array, outputs: number): void {
  const bias = out.length - outputs;
  for (let i = 0; i < x.count; i++) {
    const row = x.places[i] * outputs;
    const value = x.values[i];
    for (let d = 0; d < outputs; d++) out[row + d] += value * values[d];
  }
  for (let d = 0; d < outputs; d++) out[bias + d] += values[d];
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
