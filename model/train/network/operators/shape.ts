import type { Tape, Value } from './tape.js';

/** The same numbers under other dimensions. */
export function reshape(tape: Tape, a: Value, dims: readonly number[]): Value {
  const as = (value: Value, to: readonly number[]) =>
    tape.emit('Reshape', [value, tape.builder.longs(to)], to);
  return tape.record(as(a, dims), [a], (gradient) => [as(gradient, a.dims)]);
}

function cut(tape: Tape, a: Value, from: number, to: number): Value {
  const { builder } = tape;
  const inputs = [a, builder.longs([from]), builder.longs([to]), builder.longs([-1])];
  return tape.emit('Slice', inputs, [...a.dims.slice(0, -1), to - from]);
}

/** Columns `from` to `to` (exclusive) of the last dimension. */
export function slice(tape: Tape, a: Value, from: number, to: number): Value {
  return tape.record(cut(tape, a, from, to), [a], (gradient) => {
    const width = a.dims[a.dims.length - 1];
    const lead = a.dims.slice(0, -1);
    const pads = [...lead.map(() => 0), from, ...lead.map(() => 0), width - to];
    return [tape.emit('Pad', [gradient, tape.builder.longs(pads)], a.dims)];
  });
}

/** Joins along the last dimension. */
export function concat(tape: Tape, parts: readonly Value[]): Value {
  const widths = parts.map((part) => part.dims[part.dims.length - 1]);
  const dims = [...parts[0].dims.slice(0, -1), widths.reduce((sum, width) => sum + width, 0)];
  const joined = tape.emit('Concat', parts, dims, { attributes: { axis: -1 } });
  return tape.record(joined, parts, (gradient) => {
    let end = 0;
    return widths.map((width, i) => {
      end += width;
      return parts[i].differentiable ? cut(tape, gradient, end - width, end) : null;
    });
  });
}
