import type { Tape, Value } from './tape.js';

export interface MatmulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Factor of the product; 1 unless said. */
  readonly alpha?: number;
}

/** Writes one product, without its gradient. */
function emitProduct(tape: Tape, a: Value, b: Value, options: Required<MatmulOptions>): Value {
  const { transA, transB, alpha } = options;
  const batch = a.dims.slice(0, -2);
  const [p, q] = a.dims.slice(-2);
  const [r, s] = b.dims.slice(-2);
  if ((transA ? p : q) !== (transB ? s : r))
    throw new Error(`inner dimensions of [${a.dims.join()}] and [${b.dims.join()}] differ`);
  const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
  const dims = [...batch, transA ? q : p, transB ? r : s];
  return tape.emit('FusedMatMul', [a, b], dims, { attributes, domain: 'com.microsoft' });
}

/** `alpha · op(a) · op(b)` over the last two dimensions; the leading ones must be equal. */
export function matmul(tape: Tape, a: Value, b: Value, options: MatmulOptions = {}): Value {
  if (a.dims.slice(0, -2).join() !== b.dims.slice(0, -2).join()) throw new Error('batch dimensions differ');
  const { transA = false, transB = false, alpha = 1 } = options;
  const product = (x: Value, y: Value, tx: boolean, ty: boolean) =>
    emitProduct(tape, x, y, { transA: tx, transB: ty, alpha });
  return tape.record(product(a, b, transA, transB), [a, b], (gradient) => [
    a.differentiable
      ? transA
        ? product(b, gradient, transB, true)
        : product(gradient, b, false, !transB)
      : null,
    b.differentiable
      ? transB
        ? product(gradient, a, true, transA)
        : product(a, gradient, !transA, false)
      : null,
  ]);
}
