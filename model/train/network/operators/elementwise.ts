import type { Tape, Value } from './tape.js';

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

/** Dimensions of an element-wise result by ONNX's (numpy's) broadcasting rule; throws when they do not fit. */
function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`[${a.join()}] and [${b.join()}] do not broadcast`);
    return Math.max(x, y);
  });
}

/** Sums a gradient over the dimensions that broadcasting had stretched, back to `dims`. */
function unbroadcast(tape: Tape, gradient: Value, dims: readonly number[]): Value {
  const lead = gradient.dims.length - dims.length;
  const axes = gradient.dims.flatMap((size, i) =>
    i < lead || (dims[i - lead] === 1 && size > 1) ? [i] : [],
  );
  if (axes.length === 0) return gradient;
  const kept = gradient.dims.map((size, i) => (axes.includes(i) ? 1 : size));
  const sum = tape.emit('ReduceSum', [gradient, tape.builder.longs(axes)], kept, {
    attributes: { keepdims: 1 },
  });
  return lead === 0 ? sum : tape.emit('Reshape', [sum, tape.builder.longs(dims)], dims);
}
