import type { Tape, Value } from './tape.js';

/** Sum over the last dimension, kept with size 1. */
export function sumLast(tape: Tape, a: Value): Value {
  const dims = [...a.dims.slice(0, -1), 1];
  const sum = tape.emit('ReduceSum', [a, tape.builder.longs([-1])], dims, { attributes: { keepdims: 1 } });
  return tape.record(sum, [a], (gradient) => [
    tape.emit('Expand', [gradient, tape.builder.longs(a.dims)], a.dims),
  ]);
}

/** Softmax over the last dimension. */
export function softmax(tape: Tape, a: Value): Value {
  const result = tape.emit('Softmax', [a], a.dims, { attributes: { axis: -1 } });
  return tape.record(result, [a], (gradient) => {
    const weighted = tape.emit('Mul', [gradient, result], a.dims);
    const mean = tape.emit('ReduceSum', [weighted, tape.builder.longs([-1])], [...a.dims.slice(0, -1), 1]);
    return [tape.emit('Sub', [weighted, tape.emit('Mul', [result, mean], a.dims)], a.dims)];
  });
}

/** Keeps the length of a zero row from dividing by zero; far below any length that training meets. */
const LENGTH_SQUARED_MIN = 1e-12;

/** Rows of the last dimension at unit length, `a / √(|a|² + 1e−12)`. */
export function normalise(tape: Tape, a: Value): Value {
  const lead = [...a.dims.slice(0, -1), 1];
  const square = tape.emit('ReduceSumSquare', [a, tape.builder.longs([-1])], lead);
  const length = tape.emit('Sqrt', [tape.emit('Add', [square, tape.scalar(LENGTH_SQUARED_MIN)], lead)], lead);
  const unit = tape.emit('Div', [a, length], a.dims);
  return tape.record(unit, [a], (gradient) => {
    const along = tape.emit('Mul', [gradient, unit], a.dims);
    const dot = tape.emit('ReduceSum', [along, tape.builder.longs([-1])], lead);
    const across = tape.emit('Sub', [gradient, tape.emit('Mul', [unit, dot], a.dims)], a.dims);
    return [tape.emit('Div', [across, length], a.dims)];
  });
}
