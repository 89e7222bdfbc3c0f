/** Bytes of two vectors of four: two sums side by side, where one would wait for each addition before the next. */
const DOT_STEP: usize = 32;
/** Targets of one pass over a row: the interest and the four recent clicks of most bundles. */
const GROUP: i32 = 5;

/**
 * Dots of some rows of a table with each target: number m of column t of `out` is row `rows[m]` (int32) · target t. Table and
 * targets are `width` numbers wide, row-major.
 */
export function dots(
  table: usize,
  rows: usize,
  count: i32,
  width: i32,
  targets: usize,
  targetCount: i32,
  out: usize,
  stride: i32,
): void {
  const bytes = (<usize>width) << 2;
  const step = (<usize>stride) << 2;
  const end = rows + ((<usize>count) << 2);
  for (; rows < end; rows += 4, out += 4) {
    const row = table + <usize>load<u32>(rows) * bytes;
    let to = out;
    let target = targets;
    let t = 0;
    for (; t + GROUP <= targetCount; t += GROUP, target += <usize>GROUP * bytes, to += <usize>GROUP * step)
      groupDots(row, target, bytes, to, step);
    for (; t < targetCount; t++, target += bytes, to += step) store<f32>(to, dot(row, target, bytes));
  }
}

/**
 * Dots of some rows of a table with one target, in float64: number m of `out` (float64) is row `rows[m]` (int32) · target, added up
 * as `model/kernel/dot.ts` does, to the last bit.
 */
export function likenesses(
  table: usize,
  rows: usize,
  count: i32,
  width: i32,
  target: usize,
  out: usize,
): void {
  const bytes = (<usize>width) << 2;
  const end = rows + ((<usize>count) << 2);
  for (; rows < end; rows += 4, out += 8)
    store<f64>(out, likeness(table + <usize>load<u32>(rows) * bytes, target, bytes));
}

function likeness(a: usize, b: usize, bytes: usize): f64 {
  let front = f64x2.splat(0);
  let back = f64x2.splat(0);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    front = f64x2.add(front, f64x2.mul(twoAt(a + at), twoAt(b + at)));
    back = f64x2.add(back, f64x2.mul(twoAt(a + at + 8), twoAt(b + at + 8)));
  }
  let first = f64x2.extract_lane(front, 0);
  for (; at < bytes; at += 4) first += <f64>load<f32>(a + at) * <f64>load<f32>(b + at);
  return first + f64x2.extract_lane(front, 1) + (f64x2.extract_lane(back, 0) + f64x2.extract_lane(back, 1));
}

/** Two numbers from an address on, as float64. */
function twoAt(address: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(address));
}

/** Dots of one row with five targets, which take turns with each part of it: no sum waits for its last addition. */
function groupDots(row: usize, targets: usize, bytes: usize, out: usize, step: usize): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let e = f32x4.splat(0);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const part = v128.load(row + at);
    const target = targets + at;
    a = f32x4.add(a, f32x4.mul(part, v128.load(target)));
    b = f32x4.add(b, f32x4.mul(part, v128.load(target + bytes)));
    c = f32x4.add(c, f32x4.mul(part, v128.load(target + 2 * bytes)));
    d = f32x4.add(d, f32x4.mul(part, v128.load(target + 3 * bytes)));
    e = f32x4.add(e, f32x4.mul(part, v128.load(target + 4 * bytes)));
  }
  store<f32>(out, total(a) + rest(row, targets, at, bytes));
  store<f32>(out + step, total(b) + rest(row, targets + bytes, at, bytes));
  store<f32>(out + 2 * step, total(c) + rest(row, targets + 2 * bytes, at, bytes));
  store<f32>(out + 3 * step, total(d) + rest(row, targets + 3 * bytes, at, bytes));
  store<f32>(out + 4 * step, total(e) + rest(row, targets + 4 * bytes, at, bytes));
}

function dot(a: usize, b: usize, bytes: usize): f32 {
  let first = f32x4.splat(0);
  let second = f32x4.splat(0);
  let at: usize = 0;
  for (; at + DOT_STEP <= bytes; at += DOT_STEP) {
    first = f32x4.add(first, f32x4.mul(v128.load(a + at), v128.load(b + at)));
    second = f32x4.add(second, f32x4.mul(v128.load(a + at, 16), v128.load(b + at, 16)));
  }
  return total(f32x4.add(first, second)) + rest(a, b, at, bytes);
}

/** What is left of a dot from byte `at` on, where a width is no multiple of four or eight. */
function rest(a: usize, b: usize, at: usize, bytes: usize): f32 {
  let sum: f32 = 0;
  for (; at < bytes; at += 4) sum += load<f32>(a + at) * load<f32>(b + at);
  return sum;
}

function total(sums: v128): f32 {
  return (
    f32x4.extract_lane(sums, 0) +
    f32x4.extract_lane(sums, 1) +
    (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3))
  );
}
