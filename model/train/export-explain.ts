import { GraphBuilder } from '../onnx/graph-builder.js';
import { SCORE_COLUMNS, type ScorerShape } from '../scorer.js';
import { SCORE_SCALE } from './network.js';
import { TABLE_COLUMNS, type Parameters } from './parameters.js';
import { foldStandardisation, networkOnlyRanker, type RankerWeights } from './ranker-weights.js';
import { CODE_INPUTS, readoutAttention, tableLogits } from './step-attention.js';
import { foldWeights, type StepWeights } from './step-weights.js';

const USERS = 'users';
/** Below it an interest has no direction, and its parts are zeros. */
const LENGTH_MIN = 1e-12;

/** Writes the graph that splits an interest, one stage per method. */
class ExplainGraph {
  private readonly g = new GraphBuilder('afterclick-explain');
  private readonly shape: ScorerShape;
  private readonly parameters: Parameters;
  private readonly weights: StepWeights;

  constructor(shape: ScorerShape, parameters: Parameters) {
    this.shape = shape;
    this.parameters = parameters;
    this.weights = foldWeights(parameters, shape);
  }

  build(ranker: RankerWeights): Uint8Array {
    this.declareInputs();
    const shares = this.attention();
    const parts = this.parts(shares);
    this.toLengthOfInterest(parts);
    this.ranker(ranker);
    return this.g.build();
  }

  private declareInputs(): void {
    const { width, neighbours } = this.shape;
    const { g } = this;
    g.input('nodes', 'float32', [USERS, neighbours, width]);
    g.input('states', 'float32', [USERS, neighbours, width]);
    for (const name of CODE_INPUTS) g.input(name, 'int32', [USERS, neighbours]);
    g.input('slow', 'float32', [USERS, width]);
    g.input('state', 'float32', [USERS, width]);
    g.input('spread', 'float32', [USERS, neighbours, neighbours]);
  }

  /** Attention of both heads, [B, 2, N], as the step's readout has it, handed on from means to what they are means of. */
  private attention(): string {
    const { g } = this;
    const tables = tableLogits(g, this.shape, this.parameters);
    const logits = g.node('Slice', [tables, g.longs([1]), g.longs([TABLE_COLUMNS]), g.longs([1])]);
    const shares = readoutAttention(g, this.shape, this.weights, 'state', logits);
    return g.node('MatMul', [shares, 'spread']);
  }

  /** Before normalisation, [B, N + 2, D]: every row by both heads, the state, the slow interest. */
  private parts(shares: string): string {
    const { g } = this;
    const { width: d, neighbours: n } = this.shape;
    const block = (index: number) =>
      g.floats(this.weights.interest.subarray(index * d * d, (index + 1) * d * d), [d, d]);
    const byHead = [0, 1].map((head) => {
      const share = g.node('Gather', [shares, g.long(head)], { attributes: { axis: 1 } });
      const column = g.node('Reshape', [share, g.longs([-1, n, 1])]);
      return g.node('MatMul', [g.node('Mul', [column, 'nodes']), block(1 + head)]);
    });
    const single = (input: string, index: number) =>
      g.node('Reshape', [g.node('MatMul', [input, block(index)]), g.longs([-1, 1, d])]);
    const rows = g.node('Add', [byHead[0], byHead[1]]);
    return g.node('Concat', [rows, single('state', 0), single('slow', 3)], { attributes: { axis: 1 } });
  }

  /** What normalisation divides the sum by, each part is divided by; then they are scaled as the network's score is. */
  private toLengthOfInterest(parts: string): void {
    const { g } = this;
    const { width, neighbours } = this.shape;
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

  private ranker(ranker: RankerWeights): void {
    const { g } = this;
    const columns = this.shape.features + SCORE_COLUMNS;
    const { weight, bias } = foldStandardisation(ranker);
    g.output(g.node('Identity', [g.floats(weight, [columns])], {}, 'weight'), 'float32', [columns]);
    g.output(g.node('Identity', [g.floats(ranker.mean, [columns])], {}, 'mean'), 'float32', [columns]);
    g.output(g.node('Identity', [g.floats([bias], [1])], {}, 'bias'), 'float32', [1]);
  }
}

/**
 * The graph behind `reasons` as an ONNX model: from what the step saw of a user to the vectors that his network scores are made of,
 * and the ranker's weights as constants. `users` is symbolic; inputs and `parts` are the fields of `InterestBatch`. To be
 * exported from the same parameters and ranker as the step. Needs ONNX Runtime (`FusedMatMul`).
 */
export function exportExplain(
  shape: ScorerShape,
  parameters: Parameters,
  ranker?: RankerWeights,
): Uint8Array {
  return new ExplainGraph(shape, parameters).build(ranker ?? networkOnlyRanker(shape.features));
}
