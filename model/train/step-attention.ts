import type { GraphBuilder } from '../onnx/graph-builder.js';
import { parameterSpecs, type NetworkShape, type ParameterName, type Parameters } from './parameters.js';
import type { StepWeights } from './step-weights.js';

/** The code inputs of a neighbourhood that tables are looked up by, int32 [B, N] each. */
export const CODE_INPUTS = ['relation', 'gap', 'kind', 'age'] as const satisfies readonly ParameterName[];

/** What the codes of each row add to the logits: [B, 3, N], the graph layer first, then the readout's heads. */
export function tableLogits(g: GraphBuilder, shape: NetworkShape, parameters: Parameters): string {
  const specs = parameterSpecs(shape);
  const rows = CODE_INPUTS.map((name) => {
    const dims = specs.find((spec) => spec.name === name)?.dims ?? [];
    return g.node('Gather', [g.floats(parameters[name], dims, `${name}Table`), name]);
  });
  return g.node('Transpose', [g.node('Sum', rows)], { attributes: { perm: [0, 2, 1] } });
}

/**
 * Attention of both readout heads, [B, 2, N]: from the clicked node's new state, [B, D], over the input `states`, whose row 0
 * it takes. `logits` [B, 2, N] are added.
 */
export function readoutAttention(
  g: GraphBuilder,
  { width: d, neighbours: n }: NetworkShape,
  weights: StepWeights,
  state: string,
  logits: string,
): string {
  const row = g.node('Reshape', [state, g.longs([-1, 1, d])]);
  const older = g.node('Slice', ['states', g.longs([1]), g.longs([n]), g.longs([1])]);
  const states = g.node('Concat', [row, older], { attributes: { axis: 1 } });
  const query = g.node('Reshape', [
    g.node('MatMul', [state, g.floats(weights.query, [d, 2 * d])]),
    g.longs([-1, 2, d]),
  ]);
  const near = rowProducts(g, query, states);
  return g.node('Softmax', [g.node('Add', [near, logits])], { attributes: { axis: -1 } });
}

/** `a · bᵀ` over the last two dimensions. */
export function rowProducts(g: GraphBuilder, a: string, b: string): string {
  return g.node('FusedMatMul', [a, b], { attributes: { transB: 1 }, domain: 'com.microsoft' });
}
