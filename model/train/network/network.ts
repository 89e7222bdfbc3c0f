import type { ParameterName } from './parameters.js';
import { matmul } from './operators/matmul.js';
import { add, multiply, sigmoid, subtract, tanh } from './operators/elementwise.js';
import { normalise, softmax, sumLast } from './operators/reduce.js';
import { concat, reshape, slice } from './operators/shape.js';
import type { Tape, Value } from './operators/tape.js';

/** Sizes of one packed step: `blocks` windows of `blockTokens` clicks; sessions lie whole inside a window. */
export interface PackedShape {
  readonly width: number;
  readonly blocks: number;
  readonly blockTokens: number;
  /** Category and brand nodes per click: 0 or 2. */
  readonly contexts: number;
}

/** The clicks of one packed step as the graph sees them. T = blocks · blockTokens clicks; P = [blocks, blockTokens, blockTokens] pairs. */
export interface PackedClicks {
  readonly shape: PackedShape;
  /** [T, D] raw item rows. */
  readonly rows: Value;
  /** [T, D] dropout factors, 1 for none. */
  readonly dropout: Value;
  /** P: logits added in the graph layer and in the readout's heads; −1e4 where a click is not seen. */
  readonly pair: readonly [Value, Value, Value];
  /** For each context node: P membership (1 or 0) and [T, 1] logit. */
  readonly contexts: readonly { readonly members: Value; readonly logit: Value }[];
  /** [T, D] slow interest. */
  readonly slow: Value;
}

export type ParameterValues = Readonly<
  Record<Exclude<ParameterName, 'relation' | 'kind' | 'gap' | 'age'>, Value>
>;

/** Declares the inputs of the packed network; pair logits count as parameters, since the gradients of the tables come from theirs. */
export function declareClicks(tape: Tape, shape: PackedShape): PackedClicks {
  const { width, blocks, blockTokens, contexts } = shape;
  const tokens = blocks * blockTokens;
  const pairs = [blocks, blockTokens, blockTokens];
  return {
    shape,
    rows: tape.parameter('rows', [tokens, width]),
    dropout: tape.input('dropout', [tokens, width]),
    pair: [tape.parameter('pair0', pairs), tape.parameter('pair1', pairs), tape.parameter('pair2', pairs)],
    contexts: Array.from({ length: contexts }, (_, i) => ({
      members: tape.input(`members${i}`, pairs),
      logit: tape.parameter(`context${i}`, [tokens, 1]),
    })),
    slow: tape.input('slowInterest', [tokens, width]),
  };
}

/** Adds the logits of the context nodes to the row's softmax and their vectors to the message. */
function attend(tape: Tape, clicks: PackedClicks, x: Value, query: Value): Value {
  const { width, blocks, blockTokens } = clicks.shape;
  const tokens = blocks * blockTokens;
  const blocked = [blocks, blockTokens, width];
  const xs = reshape(tape, x, blocked);
  const scale = Math.sqrt(width);
  const near = matmul(tape, reshape(tape, query, blocked), xs, { transB: true, alpha: scale });
  const logits = reshape(tape, add(tape, near, clicks.pair[0]), [tokens, blockTokens]);
  if (clicks.contexts.length === 0) {
    const weights = reshape(tape, softmax(tape, logits), [blocks, blockTokens, blockTokens]);
    return reshape(tape, matmul(tape, weights, xs), [tokens, width]);
  }
  const nodes = clicks.contexts.map(({ members, logit }) => {
    const vector = normalise(tape, reshape(tape, matmul(tape, members, xs), [tokens, width]));
    const dot = multiply(tape, sumLast(tape, multiply(tape, query, vector)), tape.scalar(scale));
    return { vector, logit: add(tape, dot, logit) };
  });
  const shares = softmax(tape, concat(tape, [logits, ...nodes.map((node) => node.logit)]));
  const inner = reshape(tape, slice(tape, shares, 0, blockTokens), [blocks, blockTokens, blockTokens]);
  return nodes.reduce(
    (message, { vector }, i) =>
      add(tape, message, multiply(tape, slice(tape, shares, blockTokens + i, blockTokens + i + 1), vector)),
    reshape(tape, matmul(tape, inner, xs), [tokens, width]),
  );
}

/** The whole network over packed sessions: [T, D] unit-length interests u, one for every click. */
export function packedNetwork(tape: Tape, clicks: PackedClicks, p: ParameterValues): Value {
  const { width, blocks, blockTokens } = clicks.shape;
  const blocked = [blocks, blockTokens, width];
  const flat = [blocks * blockTokens, width];
  const x = multiply(tape, normalise(tape, clicks.rows), clicks.dropout);
  const message = attend(tape, clicks, x, matmul(tape, x, p.attention));
  const mixed = add(tape, matmul(tape, concat(tape, [message, x]), p.mix), p.mixBias);
  const gate = sigmoid(tape, slice(tape, mixed, 0, width));
  const fresh = tanh(tape, slice(tape, mixed, width, 2 * width));
  const h = add(tape, x, multiply(tape, gate, subtract(tape, fresh, x)));
  const hs = reshape(tape, h, blocked);
  const xs = reshape(tape, x, blocked);
  const [s0, s1] = [p.query0, p.query1].map((query, head) => {
    const q = reshape(tape, matmul(tape, h, query), blocked);
    const logits = add(
      tape,
      matmul(tape, q, hs, { transB: true, alpha: Math.sqrt(width) }),
      clicks.pair[head + 1],
    );
    return reshape(tape, matmul(tape, softmax(tape, logits), xs), flat);
  });
  const learned = matmul(tape, concat(tape, [h, s0, s1]), p.interest);
  const long = multiply(tape, clicks.slow, p.slow);
  return normalise(tape, add(tape, add(tape, s0, learned), long));
}
