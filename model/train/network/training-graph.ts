import { GraphBuilder } from '../../onnx/graph-builder.js';
import { matmul } from './operators/matmul.js';
import { add } from './operators/elementwise.js';
import { crossEntropy } from './operators/cross-entropy.js';
import { normalise } from './operators/reduce.js';
import { SCORE_SCALE } from '../../scorer/scorer.js';
import { declareClicks, packedNetwork, type PackedClicks, type PackedShape } from './network.js';
import type { ParameterValues } from './network.js';
import { GRAPH_PARAMETERS, parameterSpecs } from './parameters.js';
import { Tape, type Value } from './operators/tape.js';

export interface TrainingShape extends PackedShape {
  readonly neighbours: number;
  /** Columns K of the softmax: targets and negatives of a step. */
  readonly columns: number;
}

/** A graph and the outputs it computes; gradients are called `d_` + the input's name. */
export interface BuiltGraph {
  readonly bytes: Uint8Array;
  readonly outputs: readonly string[];
}

function declareParameters(tape: Tape, shape: TrainingShape): ParameterValues {
  const specs = parameterSpecs(shape).filter(({ name }) =>
    (GRAPH_PARAMETERS as readonly string[]).includes(name),
  );
  return Object.fromEntries(
    specs.map(({ name, dims }) => [name, tape.parameter(name, dims)]),
  ) as ParameterValues;
}

function differentiated(clicks: PackedClicks, parameters: ParameterValues, columns: Value): Value[] {
  const logits = clicks.contexts.map((context) => context.logit);
  return [
    clicks.rows,
    columns,
    ...clicks.pair,
    ...logits,
    ...GRAPH_PARAMETERS.map((name) => parameters[name]),
  ];
}

/**
 * Forward and backward of one training step as one graph. Besides the network's inputs: `columns` [K, D] raw item rows of
 * the softmax's columns, `columnBias` [1, K] (− ln of the inclusion probability), `target` int32 [T, 1] column of each
 * click's next item, `targetOffset` [T, 1] that takes the target's bias back, `weight` [T, 1]. Outputs `loss` [1] and the
 * gradients.
 */
export function trainingGraph(shape: TrainingShape): BuiltGraph {
  const tape = new Tape(new GraphBuilder('training'));
  const tokens = shape.blocks * shape.blockTokens;
  const clicks = declareClicks(tape, shape);
  const parameters = declareParameters(tape, shape);
  const columns = tape.parameter('columns', [shape.columns, shape.width]);
  const bias = tape.input('columnBias', [1, shape.columns]);
  const target = tape.builder.input('target', 'int32', [tokens, 1]);
  const offset = tape.input('targetOffset', [tokens, 1]);
  const weight = tape.input('weight', [tokens, 1]);
  const interest = packedNetwork(tape, clicks, parameters);
  const scores = matmul(tape, interest, normalise(tape, columns), { transB: true, alpha: SCORE_SCALE });
  const loss = crossEntropy(tape, add(tape, scores, bias), { target, offset, weight });
  const wanted = differentiated(clicks, parameters, columns);
  const gradients = tape.gradients(loss, wanted);
  const outputs = [
    publish(tape, loss, 'loss'),
    ...gradients.map((g, i) => publish(tape, g, `d_${wanted[i].name}`)),
  ];
  return { bytes: tape.builder.build(), outputs };
}

/**
 * The forward pass and a scan of the whole catalogue, for evaluation away from the serving path: further input `vectors`
 * [columns, D] unit item vectors; output `top` int32 [T, k], the best items of each click, best first.
 */
export function topItemsGraph(shape: TrainingShape, k: number): BuiltGraph {
  const tape = new Tape(new GraphBuilder('top-items'));
  const { builder } = tape;
  const clicks = declareClicks(tape, shape);
  const interest = packedNetwork(tape, clicks, declareParameters(tape, shape));
  const scores = matmul(tape, interest, tape.input('vectors', [shape.columns, shape.width]), {
    transB: true,
  });
  const top = builder.fresh('top');
  builder.nodeWith('TopK', [scores.name, builder.longs([k])], [builder.fresh('best'), top]);
  builder.node('Cast', [top], { attributes: { to: INT32 } }, 'top');
  return {
    outputs: [builder.output('top', 'int32', [shape.blocks * shape.blockTokens, k])],
    bytes: builder.build(),
  };
}

/** `TensorProto.DataType` of int32. */
const INT32 = 6;

function publish(tape: Tape, value: Value, name: string): string {
  tape.builder.node('Identity', [value.name], {}, name);
  return tape.builder.output(name, 'float32', value.dims);
}
