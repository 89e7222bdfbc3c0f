import { GraphBuilder } from '../../onnx/graph-builder.js';
import type { NetworkShape, Parameters } from '../network/parameters.js';
import { readoutAttention, rowProducts, declareStep, type StepTensors, USERS } from './step-attention.js';
import { foldWeights, type StepWeights } from './step-weights.js';

/** Writes the step's graph, one stage per method. Single rows stay [B, 1, D]: with so few users, a graph's time grows with the number of its nodes. */
class StepGraph {
  readonly #g = new GraphBuilder('afterclick-step');
  readonly #shape: NetworkShape;
  readonly #weights: StepWeights;
  readonly #tensors: StepTensors;

  constructor(shape: NetworkShape, parameters: Parameters) {
    this.#shape = shape;
    this.#weights = foldWeights(parameters, shape);
    this.#tensors = declareStep(this.#g, shape, parameters);
  }

  build(): Uint8Array {
    const g = this.#g;
    const { width } = this.#shape;
    const state = this.#newState();
    const interest = this.#interest(state);
    g.output(g.node('Concat', [state, interest], { attributes: { axis: 1 } }, 'results'), 'float32', [
      USERS,
      2,
      width,
    ]);
    return g.build();
  }

  /** The graph layer and the gate: the new state h, [B, 1, D]. */
  #newState(): string {
    const g = this.#g;
    const { width: d } = this.#shape;
    const { nodes, layerLogits } = this.#tensors;
    const w = this.#weights;
    const x = g.node('Gather', [nodes, g.longs([0])], { attributes: { axis: 1 } });
    const near = rowProducts(g, g.node('MatMul', [x, g.floats(w.attention, [d, d])]), nodes);
    const shares = g.node('Softmax', [g.node('Add', [near, layerLogits])], { attributes: { axis: -1 } });
    const both = g.node('Concat', [g.node('MatMul', [shares, nodes]), x], { attributes: { axis: 2 } });
    const mixed = g.node('Add', [
      g.node('MatMul', [both, g.floats(w.mix, [2 * d, 2 * d])]),
      g.floats(w.mixBias, [2 * d]),
    ]);
    const [z, c] = [g.fresh('gate'), g.fresh('update')];
    g.nodeWith('Split', [mixed], [z, c], { attributes: { axis: 2, num_outputs: 2 } });
    const change = g.node('Sub', [g.node('Tanh', [c]), x]);
    return g.node('Add', [x, g.node('Mul', [g.node('Sigmoid', [z]), change])]);
  }

  /** The interest u, [B, 1, D]: both readouts, the state and the slow interest, mixed to unit length. */
  #interest(state: string): string {
    const g = this.#g;
    const tensors = this.#tensors;
    const { width: d } = this.#shape;
    const shares = readoutAttention(g, this.#weights, state, tensors);
    const readouts = g.node('MatMul', [shares, tensors.nodes]);
    const all = g.node('Reshape', [
      g.node('Concat', [state, readouts, tensors.slow], { attributes: { axis: 1 } }),
      g.longs([-1, 1, 4 * d]),
    ]);
    const sum = g.node('MatMul', [all, g.floats(this.#weights.interest, [4 * d, d])]);
    return g.node('LpNormalization', [sum], { attributes: { axis: -1, p: 2 } });
  }
}

/**
 * The serving step as an ONNX model: `users` B symbolic, everything else static. Inputs `rows` and `codes` and the output
 * `results` are the fields of `StepRows`. Needs ONNX Runtime (`FusedMatMul`).
 */
export function exportStep(shape: NetworkShape, parameters: Parameters): Uint8Array {
  return new StepGraph(shape, parameters).build();
}
