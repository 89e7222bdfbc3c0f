import type { Tape, Value } from './tape.js';

/** Dimensions of an element-wise result by ONNX's (numpy's) broadcasting rule; throws when they do not fit. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new Error(`[${a.join()}] and [${b.join()}] do not broadcast`);
    return Math.max(x, y);
  });
}

/** Sums a gradient over the dimensions that broadcasting had stretched, back to `dims`. */
export function unbroadcast(tape: Tape, gradient: Value, dims: readonly number[]): Value {
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
