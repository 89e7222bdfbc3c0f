import type { Tape, Value } from './tape.js';
import { broadcastDims, unbroadcast } from './broadcast.js';

/** `a + b` with broadcasting. */
export function add(tape: Tape, a: Value, b: Value): Value {
  const sum = tape.emit('Add', [a, b], broadcastDims(a.dims, b.dims));
  return tape.record(sum, [a, b], (gradient) => [
    a.differentiable ? unbroadcast(tape, gradient, a.dims) : null,
    b.differentiable ? unbroadcast(tape, gradient, b.dims) : null,
  ]);
}

/** `a − b` with broadcasting. */
export function subtract(tape: Tape, a: Value, b: Value): Value {
  const difference = tape.emit('Sub', [a, b], broadcastDims(a.dims, b.dims));
  return tape.record(difference, [a, b], (gradient) => [
    a.differentiable ? unbroadcast(tape, gradient, a.dims) : null,
    b.differentiable ? unbroadcast(tape, tape.emit('Neg', [gradient], gradient.dims), b.dims) : null,
  ]);
}

/** `a ⊙ b` with broadcasting. */
export function multiply(tape: Tape, a: Value, b: Value): Value {
  const product = tape.emit('Mul', [a, b], broadcastDims(a.dims, b.dims));
  const part = (gradient: Value, other: Value, of: Value) =>
    of.differentiable ? unbroadcast(tape, tape.emit('Mul', [gradient, other], product.dims), of.dims) : null;
  return tape.record(product, [a, b], (gradient) => [part(gradient, b, a), part(gradient, a, b)]);
}

/** Logistic function `1 / (1 + e^−a)`. */
export function sigmoid(tape: Tape, a: Value): Value {
  const result = tape.emit('Sigmoid', [a], a.dims);
  return tape.record(result, [a], (gradient) => {
    const rest = tape.emit('Sub', [tape.scalar(1), result], a.dims);
    const slope = tape.emit('Mul', [result, rest], a.dims);
    return [tape.emit('Mul', [gradient, slope], a.dims)];
  });
}

/** Hyperbolic tangent. */
export function tanh(tape: Tape, a: Value): Value {
  const result = tape.emit('Tanh', [a], a.dims);
  return tape.record(result, [a], (gradient) => {
    const square = tape.emit('Mul', [result, result], a.dims);
    const slope = tape.emit('Sub', [tape.scalar(1), square], a.dims);
    return [tape.emit('Mul', [gradient, slope], a.dims)];
  });
}
