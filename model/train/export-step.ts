import { GraphBuilder } from '../onnx/graph-builder.js';
import { SCORE_COLUMNS, TILE, type ScorerShape } from '../scorer.js';
import { SCORE_SCALE } from './network.js';
import { TABLE_COLUMNS, type Parameters } from './parameters.js';
import { foldStandardisation, networkOnlyRanker, type RankerWeights } from './ranker-weights.js';
import { CODE_INPUTS, readoutAttention, rowProducts, tableLogits } from './step-attention.js';
import { foldWeights, type StepWeights } from './step-weights.js';

const USERS = 'users';
const CANDIDATES = 'candidates';
const TILES = 'tiles';

/** Writes the step's graph, one stage per method; see `model/scorer.ts` for inputs and outputs. */
class StepGraph {
  private readonly g = new GraphBuilder('afterclick-step');
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
    const { layer, readout } = this.attentionLogits();
    const x = this.g.node('Gather', ['nodes', this.g.long(0)], { attributes: { axis: 1 } });
    const state = this.newState(x, layer);
    const vectors = this.readout(state, readout);
    const interest = this.interest(state, vectors);
    this.scores(interest, ranker);
    return this.g.build();
  }

  private declareInputs(): void {
    const { width, neighbours, features, recents } = this.shape;
    const { g } = this;
    g.input('nodes', 'float32', [USERS, neighbours, width]);
    g.input('states', 'float32', [USERS, neighbours, width]);
    for (const name of CODE_INPUTS) g.input(name, 'int32', [USERS, neighbours]);
    g.input('slow', 'float32', [USERS, width]);
    g.input('stored', 'float32', [USERS, width]);
    g.input('fresh', 'float32', [USERS, 1]);
    g.input('recent', 'float32', [USERS, recents, width]);
    g.input('tileOwner', 'int32', [TILES]);
    g.input('vectors', 'float32', [CANDIDATES, width]);
    g.input('features', 'float32', [CANDIDATES, features]);
  }

  /** What relation, gap, kind and age add to the logits: [B, 1, N] for the graph layer and [B, 2, N] for the readout. */
  private attentionLogits(): { layer: string; readout: string } {
    const { g } = this;
    const sum = tableLogits(g, this.shape, this.parameters);
    const [layer, readout] = [g.fresh('layerLogits'), g.fresh('readoutLogits')];
    g.nodeWith('Split', [sum, g.longs([1, TABLE_COLUMNS - 1])], [layer, readout], {
      attributes: { axis: 1 },
    });
    return { layer, readout };
  }

  /** The graph layer and the gate: the new state h, [B, D]. */
  private newState(x: string, logits: string): string {
    const { g } = this;
    const { width: d } = this.shape;
    const w = this.weights;
    const query = g.node('Reshape', [
      g.node('MatMul', [x, g.floats(w.attention, [d, d])]),
      g.longs([-1, 1, d]),
    ]);
    const near = rowProducts(g, query, 'nodes');
    const shares = g.node('Softmax', [g.node('Add', [near, logits])], { attributes: { axis: -1 } });
    const message = g.node('Reshape', [g.node('MatMul', [shares, 'nodes']), g.longs([-1, d])]);
    const both = g.node('Concat', [message, x], { attributes: { axis: 1 } });
    const mixed = g.node('Gemm', [both, g.floats(w.mix, [2 * d, 2 * d]), g.floats(w.mixBias, [2 * d])]);
    const [z, c] = [g.fresh('gate'), g.fresh('update')];
    g.nodeWith('Split', [mixed], [z, c], { attributes: { axis: 1, num_outputs: 2 } });
    const change = g.node('Sub', [g.node('Tanh', [c]), x]);
    const moved = g.node('Mul', [g.node('Sigmoid', [z]), change]);
    return g.output(g.node('Add', [x, moved], {}, 'state'), 'float32', [USERS, d]);
  }

  /** Both readout vectors side by side, [B, 2D]; the first head's weights are the output `attention`. */
  private readout(state: string, logits: string): string {
    const { g } = this;
    const { width: d, neighbours: n } = this.shape;
    const shares = readoutAttention(g, this.shape, this.weights, state, logits);
    g.output(g.node('Gather', [shares, g.long(0)], { attributes: { axis: 1 } }, 'attention'), 'float32', [
      USERS,
      n,
    ]);
    return g.node('Reshape', [g.node('MatMul', [shares, 'nodes']), g.longs([-1, 2 * d])]);
  }

  /** The interest u [B, D]: computed for fresh rows, as stored for the others. */
  private interest(state: string, vectors: string): string {
    const { g } = this;
    const { width: d } = this.shape;
    const w = this.weights;
    const all = g.node('Concat', [state, vectors, 'slow'], { attributes: { axis: 1 } });
    const sum = g.node('MatMul', [all, g.floats(w.interest, [4 * d, d])]);
    const unit = g.node('LpNormalization', [sum], { attributes: { axis: -1, p: 2 } });
    const isFresh = g.node('Greater', ['fresh', g.floats([0], [1])]);
    return g.output(g.node('Where', [isFresh, unit, 'stored'], {}, 'interest'), 'float32', [USERS, d]);
  }

  /**
   * Dots of every candidate with its user's interest and recent clicks, and the ranker over them. A product per tile does
   * not grow with the users of the batch: at 16 users it takes 14 µs a user where one of all candidates with all users'
   * rows took 34.
   */
  private scores(interest: string, ranker: RankerWeights): void {
    const { g } = this;
    const { features: f, recents } = this.shape;
    const dots = this.ownDots(interest);
    const columns = [1, 1, recents - 1].filter((size) => size > 0);
    const [own, last, rest] = [g.fresh('own'), g.fresh('last'), g.fresh('rest')];
    g.nodeWith('Split', [dots, g.longs(columns)], [own, last, rest].slice(0, columns.length), {
      attributes: { axis: 1 },
    });
    const best = recents > 1 ? this.maximum(rest) : last;
    const score = g.node('Mul', [own, g.floats([SCORE_SCALE], [1])]);
    g.output(g.node('Reshape', [score, g.longs([-1])], {}, 'network_score'), 'float32', [CANDIDATES]);
    g.output(g.node('Concat', [last, best], { attributes: { axis: 1 } }, 'cosine'), 'float32', [
      CANDIDATES,
      2,
    ]);
    const { weight, bias } = foldStandardisation(ranker);
    const all = g.node('Concat', ['features', score, 'cosine'], { attributes: { axis: 1 } });
    const linear = g.node('Gemm', [all, g.floats(weight, [f + SCORE_COLUMNS, 1]), g.floats([bias], [1])]);
    g.output(g.node('Reshape', [linear, g.longs([-1])], {}, 'score'), 'float32', [CANDIDATES]);
  }

  /** [M, 1 + R]: dots with u and with the recent clicks of the candidate's own user, tile by tile. */
  private ownDots(interest: string): string {
    const { g } = this;
    const { width: d, recents } = this.shape;
    const u = g.node('Reshape', [interest, g.longs([-1, 1, d])]);
    const targets = g.node('Concat', [u, 'recent'], { attributes: { axis: 1 } });
    const own = g.node('Gather', [targets, 'tileOwner'], { attributes: { axis: 0 } });
    const tiles = g.node('Reshape', ['vectors', g.longs([-1, TILE, d])]);
    return g.node('Reshape', [rowProducts(g, tiles, own), g.longs([-1, 1 + recents])]);
  }

  private maximum(columns: string): string {
    return this.g.node('ReduceMax', [columns, this.g.longs([1])], { attributes: { keepdims: 1 } });
  }
}

/**
 * The serving step as an ONNX model: `users` B and `candidates` M symbolic, everything else static. Inputs and outputs are
 * the fields of `ScoreBatch`. Without a ranker the score is the network's own. Needs ONNX Runtime (`FusedMatMul`).
 */
export function exportStep(shape: ScorerShape, parameters: Parameters, ranker?: RankerWeights): Uint8Array {
  return new StepGraph(shape, parameters).build(ranker ?? networkOnlyRanker(shape.features));
}
