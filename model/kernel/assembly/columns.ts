/** Element by element, the greatest of `columns` columns from `first` on. */
export function greatest(first: usize, columns: i32, stride: i32, count: i32, out: usize): void {
  const step = (<usize>stride) << 2;
  const end = (<usize>count) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    let best = v128.load(first + at);
    for (let c = 1; c < columns; c++) best = f32x4.max(best, v128.load(first + <usize>c * step + at));
    v128.store(out + at, best);
  }
}

/** Multiplies `count` numbers. */
export function scale(numbers: usize, count: i32, factor: f32): void {
  const end = numbers + ((<usize>count) << 2);
  for (let at = numbers; at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), f32x4.splat(factor)));
}

/** `bias + Σ weight · column`, element by element. */
export function combine(
  columns: usize,
  columnCount: i32,
  stride: i32,
  count: i32,
  weights: usize,
  bias: f32,
  out: usize,
): void {
  const step = (<usize>stride) << 2;
  const end = (<usize>count) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    let sum = f32x4.splat(bias);
    let from = columns + at;
    for (let c = 0; c < columnCount; c++, from += step)
      sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load32_splat(weights + ((<usize>c) << 2))));
    v128.store(out + at, sum);
  }
}
