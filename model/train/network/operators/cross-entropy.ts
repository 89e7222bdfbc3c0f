import type { Tape, Value } from './tape.js';

/** What each row of logits [T, K] should give, and how much it counts. */
export interface CrossEntropyTargets {
  /** Name of an int32 input [T, 1]: the right column y. */
  readonly target: string;
  /** [T, 1]: added to the target's logit; it takes back the sampling correction that every column carries. */
  readonly offset: Value;
  /** [T, 1]. */
  readonly weight: Value;
}

/**
 * Weighted sum of cross-entropies, dims [1]: `Σ_t w_t · −ln softmax(logits_t + o_t at column y_t)[y_t]`.
 * Gradient flows to the logits only.
 */
export function crossEntropy(
  tape: Tape,
  logits: Value,
  { target, offset, weight }: CrossEntropyTargets,
): Value {
  const column = [logits.dims[0], 1];
  const scatter = (into: Value, update: Value) =>
    tape.emit('ScatterElements', [into, target, update], logits.dims, {
      attributes: { axis: 1, reduction: 'add' },
    });
  const share = tape.emit('Softmax', [scatter(logits, offset)], logits.dims, { attributes: { axis: -1 } });
  const hit = tape.emit('GatherElements', [share, target], column, { attributes: { axis: 1 } });
  const cost = tape.emit(
    'Mul',
    [tape.emit('Log', [hit], column), tape.emit('Neg', [weight], column)],
    column,
  );
  const loss = tape.emit('ReduceSum', [cost, tape.builder.longs([0, 1])], [1], {
    attributes: { keepdims: 0 },
  });
  const total = tape.emit('Reshape', [loss, tape.builder.longs([1])], [1]);
  return tape.record(total, [logits], (gradient) => {
    const scale = tape.emit('Mul', [weight, gradient], column);
    const pull = tape.emit('Neg', [scale], column);
    return [scatter(tape.emit('Mul', [share, scale], logits.dims), pull)];
  });
}
