import { GraphBuilder } from '../../onnx/graph-builder.js';
import { SCORE_SCALE } from '../../scorer/scorer.js';
import type { NetworkShape, Parameters } from '../network/parameters.js';
import { readoutAttention, declareStep, type StepTensors, USERS } from './step-attention.js';
import { foldWeights, type StepWeights } from './step-weights.js';

/** Below it an interest has no direction, and its parts are zeros. */
const LENGTH_MIN = 1e-12;

/** Writes the graph that splits an interest, one stage per method. */
class ExplainGraph {
  readonly #g = new GraphBuilder('afterclick-explain');
  readonly #shape: NetworkShape;
  readonly #weights: StepWeights;
  readonly #tensors: StepTensors;

  constructor(shape: NetworkShape, parameters: Parameters) {
    const { width, neighbours } = shape;
    const g = this.#g;
    this.#shape = shape;
    this.#weights = foldWeights(parameters, shape);
    this.#tensors = declareStep(g, shape, parameters);
    g.input('results', 'float32', [USERS, 2, width]);
    g.input('spread', 'float32', [USERS, neighbours, neighbours]);
  }

  build(): Uint8Array {
    const state = this.#g.node('Gather', ['results', this.#g.longs([0])], { attributes: { axis: 1 } });
    this.#toLengthOfInterest(this.#parts(state, this.#attention(state)));
    return this.#g.build();
  }

  /** Attention of both heads, [B, 2, N], as the step's readout has it; the share of a row that is a mean goes to the rows it is the mean of. */
  #attention(state: string): string {
    const shares = readoutAttention(this.#g, this.#weights, state, this.#tensors);
    return this.#g.node('MatMul', [shares, 'spread']);
  }

  /** Before normalisation, [B, N + 2, D]: every row by both heads, the state, the slow interest. */
  #parts(state: string, shares: string): string {
    const g = this.#g;
    const { width: d, neighbours: n } = this.#shape;
    const { nodes, slow } = this.#tensors;
    const block = (index: number) =>
      g.floats(this.#weights.interest.subarray(index * d * d, (index + 1) * d * d), [d, d]);
    const byHead = [0, 1].map((head) => {
      const share = g.node('Gather', [shares, g.long(head)], { attributes: { axis: 1 } });
      const column = g.node('Reshape', [share, g.longs([-1, n, 1])]);
      return g.node('MatMul', [g.node('Mul', [column, nodes]), block(1 + head)]);
    });
    const single = (row: string, index: number) => g.node('MatMul', [row, block(index)]);
    const rows = g.node('Add', [byHead[0], byHead[1]]);
    return g.node('Concat', [rows, single(state, 0), single(slow, 3)], { attributes: { axis: 1 } });
  }

  /** Divides each part by what normalisation divides the sum by, then scales it as the network's score is. */
  #toLengthOfInterest(parts: string): void {
    const g = this.#g;
    const { width, neighbours } = this.#shape;
    const sum = g.node('ReduceSum', [parts, g.longs([1])], { attributes: { keepdims: 1 } });
    const length = g.node('ReduceL2', [sum, g.longs([2])], { attributes: { keepdims: 1 } });
    const divisor = g.node('Max', [length, g.floats([LENGTH_MIN], [1])]);
    const unit = g.node('Div', [parts, divisor]);
    g.output(g.node('Mul', [unit, g.floats([SCORE_SCALE], [1])], {}, 'parts'), 'float32', [
      USERS,
      neighbours + 2,
      width,
    ]);
  }
}

/**
 * The graph behind `reasons` as an ONNX model: from what the step saw of a user, and computed for them, to the vectors that
 * their network scores are made of. `users` is symbolic; inputs and `parts` are the fields of `InterestBatch` and its `StepRows`. To be
 * exported from the same parameters as the step. Needs ONNX Runtime (`FusedMatMul`).
 */
export function exportExplain(shape: NetworkShape, parameters: Parameters): Uint8Array {
  return new ExplainGraph(shape, parameters).build();
}
