import type { GraphBuilder } from '../../onnx/graph-builder.js';
import { TABLE_COLUMNS, type NetworkShape, type Parameters } from '../network/parameters.js';
import type { StepWeights } from './step-weights.js';
import { CODES } from '../../scorer/step-shape.js';

/** Name of the symbolic dimension. */
export const USERS = 'users';

/** Names of the tensors that the graphs make of the inputs `rows` and `codes`, see `StepRows`. */
export interface StepTensors {
  /** [B, N, D]: vectors of the neighbourhood. */
  readonly nodes: string;
  /** [B, 1, D]: the slow interest. */
  readonly slow: string;
  /** [B, N − 1, D]: states of the rows from 1 on. */
  readonly older: string;
  /** [B, 1, N] and [B, 2, N]: what the codes of each row add to the logits of the graph layer and of the readout's heads. */
  readonly layerLogits: string;
  readonly readoutLogits: string;
}

/** Declares the inputs `rows` and `codes` and takes them apart. */
export function declareStep(g: GraphBuilder, shape: NetworkShape, parameters: Parameters): StepTensors {
  const { width, neighbours } = shape;
  g.input('rows', 'float32', [USERS, 2 * neighbours, width]);
  g.input('codes', 'int32', [USERS, neighbours, CODES.length]);
  const [nodes, slow, older] = ['nodes', 'slow', 'older'];
  g.nodeWith('Split', ['rows', g.longs([neighbours, 1, neighbours - 1])], [nodes, slow, older], {
    attributes: { axis: 1 },
  });
  const [layerLogits, readoutLogits] = ['layerLogits', 'readoutLogits'];
  const logits = tableLogits(g, parameters);
  g.nodeWith('Split', [logits, g.longs([1, TABLE_COLUMNS - 1])], [layerLogits, readoutLogits], {
    attributes: { axis: 1 },
  });
  return { nodes, slow, older, layerLogits, readoutLogits };
}

/**
 * What the codes of each row add to the logits: [B, 3, N], the graph layer first, then the readout's heads. The four summands of
 * each row are added by a product with stacked identities: `ReduceSum` and `Transpose` took a third of a step of 16 users.
 */
function tableLogits(g: GraphBuilder, parameters: Parameters): string {
  const tables = CODES.flatMap((code) => [...parameters[code]]);
  const table = g.floats(tables, [tables.length / TABLE_COLUMNS, TABLE_COLUMNS], 'table');
  const summands = CODES.length * TABLE_COLUMNS;
  const byCode = g.node('Reshape', [g.node('Gather', [table, 'codes']), g.longs([0, 0, summands])]);
  const sums = Array.from({ length: TABLE_COLUMNS * summands }, (_, i) =>
    (i % summands) % TABLE_COLUMNS === Math.floor(i / summands) ? 1 : 0,
  );
  return rowProducts(g, g.floats(sums, [TABLE_COLUMNS, summands]), byCode);
}

/** Attention of both readout heads, [B, 2, N]: from the clicked node's new state, [B, 1, D], over it and the older states. */
export function readoutAttention(
  g: GraphBuilder,
  { width: d, query: queryWeights }: StepWeights,
  state: string,
  { older, readoutLogits }: StepTensors,
): string {
  const states = g.node('Concat', [state, older], { attributes: { axis: 1 } });
  const query = g.node('Reshape', [
    g.node('MatMul', [state, g.floats(queryWeights, [d, 2 * d])]),
    g.longs([-1, 2, d]),
  ]);
  const near = rowProducts(g, query, states);
  return g.node('Softmax', [g.node('Add', [near, readoutLogits])], { attributes: { axis: -1 } });
}

/** `a · bᵀ` over the last two dimensions. */
export function rowProducts(g: GraphBuilder, a: string, b: string): string {
  return g.node('FusedMatMul', [a, b], { attributes: { transB: 1 }, domain: 'com.microsoft' });
}
