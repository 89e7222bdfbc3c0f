import { TABLE_COLUMNS, HEADS, type NetworkShape, type Parameters } from './parameters.js';
import { SCORE_SCALE } from '../../scorer/scorer.js';

/**
 * One click as the network's definition has it, in float64 and plain loops: what the packed training graph and the
 * exported step are checked against. Rows are those of `StepRows`; relation 0 is padding.
 */
export interface ReferenceClick {
  /** N rows of D numbers. */
  readonly nodes: readonly ArrayLike<number>[];
  /** States h_j; row 0 is not read. */
  readonly states: readonly ArrayLike<number>[];
  readonly relation: ArrayLike<number>;
  readonly gap: ArrayLike<number>;
  readonly kind: ArrayLike<number>;
  readonly age: ArrayLike<number>;
  readonly slow: ArrayLike<number>;
}

export interface ReferenceResult {
  readonly state: Float64Array;
  readonly interest: Float64Array;
  /** Weights of the readout's first head over the rows. */
  readonly attention: Float64Array;
}

/** Sum of products of two rows. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}

function times(row: ArrayLike<number>, matrix: ArrayLike<number>, width: number): Float64Array {
  const out = new Float64Array(width);
  for (let i = 0; i < row.length; i++)
    for (let d = 0; d < width; d++) out[d] += row[i] * matrix[i * width + d];
  return out;
}

function softmax(logits: readonly number[]): Float64Array {
  const top = Math.max(...logits);
  const shares = Float64Array.from(logits, (logit) => Math.exp(logit - top));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

function blend(weights: ArrayLike<number>, rows: readonly ArrayLike<number>[]): Float64Array {
  const out = new Float64Array(rows[0].length);
  rows.forEach((row, j) => out.forEach((_, d) => (out[d] += weights[j] * row[d])));
  return out;
}

/** A row at unit length; zeros stay zeros. */
export function unit(row: ArrayLike<number>): Float64Array {
  const length = Math.sqrt(dot(row, row));
  return Float64Array.from(row, (value) => (length === 0 ? 0 : value / length));
}

/** What the row's relation, gap, kind and age add to the logits of table column `column`. */
function tableLogit(p: ReferenceParameters, click: ReferenceClick, row: number, column: number): number {
  const at = (table: ArrayLike<number>, code: number) => table[code * TABLE_COLUMNS + column];
  return (
    at(p.relation, click.relation[row]) +
    at(p.gap, click.gap[row]) +
    at(p.kind, click.kind[row]) +
    at(p.age, click.age[row])
  );
}

/** Parameters in any precision. */
export type ReferenceParameters = Readonly<Record<keyof Parameters, ArrayLike<number>>>;

/** New state of the clicked node: attention over the rows' vectors, then gated fusion with its own. */
export function referenceState(
  p: ReferenceParameters,
  { width }: NetworkShape,
  click: ReferenceClick,
): Float64Array {
  const x = click.nodes[0];
  const query = times(x, p.attention, width);
  const logits = click.nodes.map((row, j) => Math.sqrt(width) * dot(query, row) + tableLogit(p, click, j, 0));
  const message = blend(softmax(logits), click.nodes);
  const mixed = times([...message, ...Array.from(x)], p.mix, 2 * width);
  return Float64Array.from({ length: width }, (_, d) => {
    const gate = 1 / (1 + Math.exp(-(mixed[d] + p.mixBias[d])));
    return x[d] + gate * (Math.tanh(mixed[width + d] + p.mixBias[width + d]) - x[d]);
  });
}

/** The whole step for one click. */
export function referenceStep(
  p: ReferenceParameters,
  shape: NetworkShape,
  click: ReferenceClick,
): ReferenceResult {
  const { width } = shape;
  const state = referenceState(p, shape, click);
  const states = [state, ...click.states.slice(1)];
  const heads = Array.from({ length: HEADS }, (_, head) => {
    const query = times(state, head === 0 ? p.query0 : p.query1, width);
    return softmax(
      states.map((h, j) => Math.sqrt(width) * dot(query, h) + tableLogit(p, click, j, 1 + head)),
    );
  });
  const [s0, s1] = heads.map((weights) => blend(weights, click.nodes));
  const learned = times([...state, ...s0, ...s1], p.interest, width);
  const sum = Float64Array.from(s0, (s, d) => s + learned[d] + p.slow[0] * click.slow[d]);
  return { state, interest: unit(sum), attention: heads[0] };
}

/** The network's score of an item vector of unit length. */
export function referenceScore(interest: ArrayLike<number>, vector: ArrayLike<number>): number {
  return SCORE_SCALE * dot(interest, vector);
}
