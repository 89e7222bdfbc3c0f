import type { Random } from '../random-numbers.js';
import { EVENT_KIND_COUNT, GAP_COUNT, RELATION, RELATION_COUNT } from '../../scorer/step-shape.js';

/** Attention heads of the readout. */
export const HEADS = 2;
/** Logit of what must get no attention. */
export const MASKED = -1e4;
/** Columns of the attention tables: the graph layer, then the readout's heads. */
export const TABLE_COLUMNS = 1 + HEADS;

export interface NetworkShape {
  /** Width D. */
  readonly width: number;
  /** Rows N of a neighbourhood. */
  readonly neighbours: number;
}

/** How a parameter is trained: matrices at the dense rate, biases at three times that. */
export type ParameterGroup = 'matrix' | 'bias';

export interface ParameterSpec {
  readonly name: ParameterName;
  readonly dims: readonly number[];
  readonly group: ParameterGroup;
}

/**
 * The network's own weights (item vectors come from outside). With D the width, row-major, applied from the right:
 * - `attention` [D, D]: A of the graph layer's logits `√D · (x_t A)·x_j`;
 * - `mix` [2D, 2D], `mixBias` [2D]: `[m, x] → [z | c]` before sigmoid and tanh; the message matrix G is folded in;
 * - `query0`, `query1` [D, D]: readout logits `√D · (h_t Q)·h_j`;
 * - `interest` [3D, D]: `[h; s⁰; s¹] → u`, added to s⁰; `slow` [1]: λ;
 * - tables, one column for the graph layer and one for each readout head: `relation` [9, 3], `kind` [15, 3], `gap` [8, 3]
 *   (heads: 0), `age` [N, 3] (graph layer: 0).
 */
export type ParameterName =
  | 'attention'
  | 'mix'
  | 'mixBias'
  | 'query0'
  | 'query1'
  | 'interest'
  | 'slow'
  | 'relation'
  | 'kind'
  | 'gap'
  | 'age';

export type Parameters = Readonly<Record<ParameterName, Float32Array>>;

/** Parameters that are graph inputs; the rest are tables, looked up outside the graph. */
export const GRAPH_PARAMETERS = [
  'attention',
  'mix',
  'mixBias',
  'query0',
  'query1',
  'interest',
  'slow',
] as const;
export const TABLES = ['relation', 'kind', 'gap', 'age'] as const;

export function parameterSpecs({ width: d, neighbours }: NetworkShape): readonly ParameterSpec[] {
  return [
    { name: 'attention', dims: [d, d], group: 'matrix' },
    { name: 'mix', dims: [2 * d, 2 * d], group: 'matrix' },
    { name: 'mixBias', dims: [2 * d], group: 'bias' },
    { name: 'query0', dims: [d, d], group: 'matrix' },
    { name: 'query1', dims: [d, d], group: 'matrix' },
    { name: 'interest', dims: [3 * d, d], group: 'matrix' },
    { name: 'slow', dims: [1], group: 'bias' },
    { name: 'relation', dims: [RELATION_COUNT, TABLE_COLUMNS], group: 'bias' },
    { name: 'kind', dims: [EVENT_KIND_COUNT, TABLE_COLUMNS], group: 'bias' },
    { name: 'gap', dims: [GAP_COUNT, TABLE_COLUMNS], group: 'bias' },
    { name: 'age', dims: [neighbours, TABLE_COLUMNS], group: 'bias' },
  ];
}

const product = (dims: readonly number[]) => dims.reduce((size, dim) => size * dim, 1);

function filled(random: Random, dims: readonly number[], deviation: number): Float32Array {
  return Float32Array.from({ length: product(dims) }, () => deviation * random.normal());
}

/** Slopes of the readout's logits with distance from the last click, at the start. */
const AGE_SLOPES = [-0.5, -0.1];
/** Logit of a category's, brand's or term's node at the start. */
const CONTEXT_LOGIT = -1;
const GATE_BIAS = -1;

/** Weights at the start of training. */
export function initialParameters(shape: NetworkShape, random: Random): Record<ParameterName, Float32Array> {
  const { width: d } = shape;
  const deviation: Partial<Record<ParameterName, number>> = {
    attention: 0.4 / Math.sqrt(d),
    mix: 1 / Math.sqrt(2 * d),
    query0: 0.4 / Math.sqrt(d),
    query1: 0.4 / Math.sqrt(d),
    interest: 0.02,
  };
  const values = Object.fromEntries(
    parameterSpecs(shape).map(({ name, dims }) => [name, filled(random, dims, deviation[name] ?? 0)]),
  ) as Record<ParameterName, Float32Array>;
  values.mixBias.fill(GATE_BIAS, 0, d);
  values.slow[0] = 0.1;
  for (let age = 0; age < shape.neighbours; age++) {
    AGE_SLOPES.forEach((slope, head) => (values.age[age * TABLE_COLUMNS + 1 + head] = slope * age));
  }
  fillRelations(values.relation);
  return values;
}

/** Relations that the readout does not see: they are no item's latest state. */
const READOUT_BLIND: ReadonlySet<number> = new Set([
  RELATION.earlier,
  RELATION.category,
  RELATION.brand,
  RELATION.term,
]);

/** Whether a relation gets no attention in a table column: padding anywhere, and in the readout what is no item's latest state. */
export function isMasked(relation: number, column: number): boolean {
  return relation === RELATION.none || (column > 0 && READOUT_BLIND.has(relation));
}

function fillRelations(table: Float32Array): void {
  for (const relation of [RELATION.category, RELATION.brand, RELATION.term]) {
    table[relation * TABLE_COLUMNS] = CONTEXT_LOGIT;
  }
  table.forEach((_, i) => {
    if (isMasked(Math.floor(i / TABLE_COLUMNS), i % TABLE_COLUMNS)) table[i] = MASKED;
  });
}

/** What training gives: weights and item vectors. Both are the receiver's. */
export interface TrainedNetwork {
  readonly shape: NetworkShape;
  readonly parameters: Parameters;
  /** Float32 [items, D]: unit-length vectors; zero rows for items that training has not seen. */
  readonly vectors: Float32Array;
}
