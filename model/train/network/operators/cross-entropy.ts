import type { Tape, Value } from './tape.js';

/**
 * Weighted sum of cross-entropies, dims [1]: `Σ_t w_t · −ln softmax(logits_t + o_t at column y_t)[y_t]`.
 * `target` names an int32 input [T, 1] of columns y; `offset` [T, 1] is added to the target's logit (it takes the sampling
 * correction back that every column carries); `weight` [T, 1]. Gradient flows to the logits only.
 */
export function crossEntropy(tape: Tape, logits: Value, target: string, offset: Value, weight: Value): Value {
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
