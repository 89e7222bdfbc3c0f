/**
 * AssemblyScript: candidates of one user scored four at a time. `model/kernel/candidate-kernel.ts` lays the memory out and
 * calls these; addresses are in bytes and multiples of 16, numbers float32. Columns are `stride` numbers apart, a multiple
 * of four; the last group of four may reach beyond `count`, into numbers that nobody reads.
 */
import { exp2, ln } from './logarithm';

/** Columns of `features`' input, in the order of `FEATURE_INPUTS`. */
const enum Input {
  transition,
  transitionBack,
  together,
  togetherPrevious,
  neighbour,
  weight,
  popular,
  recent,
  ageMs,
  distance,
  clicks,
  boughtBefore,
  touchedBefore,
  sameCategory,
  sameBrand,
  categoryShare,
  price,
  hit,
  hasNoVector,
}

/** What holds for all candidates of a user, in the order of `FEATURE_CONTEXT`. */
const enum Context {
  outgoingOfLast,
  weightBest,
  sessionItems,
  priceOfLast,
  popularHalfLifeMs,
  recentHalfLifeMs,
}

const SCALE = 2;
/** Bytes of two vectors of four: two sums side by side, where one would wait for each addition before the next. */
const DOT_STEP: usize = 32;
/** Targets of one pass over a row: the interest and the four recent clicks of most bundles. */
const GROUP: i32 = 5;
/** Least relative weight whose logarithm is told apart. */
const WEIGHT_MIN: f32 = 0.001;

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
  const bytes = (<usize>width) << SCALE;
  const step = (<usize>stride) << SCALE;
  const end = rows + ((<usize>count) << SCALE);
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

/** Element by element, the greatest of `columns` columns from `first` on. */
export function greatest(first: usize, columns: i32, stride: i32, count: i32, out: usize): void {
  const step = (<usize>stride) << SCALE;
  const end = (<usize>count) << SCALE;
  for (let at: usize = 0; at < end; at += 16) {
    let best = v128.load(first + at);
    for (let c = 1; c < columns; c++) best = f32x4.max(best, v128.load(first + <usize>c * step + at));
    v128.store(out + at, best);
  }
}

/** Multiplies `count` numbers. */
export function scale(numbers: usize, count: i32, factor: f32): void {
  const end = numbers + ((<usize>count) << SCALE);
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
  const step = (<usize>stride) << SCALE;
  const end = (<usize>count) << SCALE;
  for (let at: usize = 0; at < end; at += 16) {
    let sum = f32x4.splat(bias);
    let from = columns + at;
    for (let c = 0; c < columnCount; c++, from += step)
      sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load32_splat(weights + ((<usize>c) << SCALE))));
    v128.store(out + at, sum);
  }
}

let inputs: usize = 0;
let outputs: usize = 0;
let context: usize = 0;
let columnBytes: usize = 0;

function input(column: i32): v128 {
  return v128.load(inputs + <usize>column * columnBytes);
}

function given(place: i32): v128 {
  return v128.load32_splat(context + ((<usize>place) << SCALE));
}

function put(value: v128): void {
  v128.store(outputs, value);
  outputs += columnBytes;
}

function oneWhere(condition: v128): v128 {
  return v128.and(condition, f32x4.splat(1));
}

function lnPlus(offset: f32, value: v128): v128 {
  return ln(f32x4.add(value, f32x4.splat(offset)));
}

/** `value` halved with each half-life of the candidate's age. */
function decayed(value: v128, halfLifeMs: v128): v128 {
  const age = f32x4.max(input(Input.ageMs), f32x4.splat(0));
  return f32x4.mul(value, exp2(f32x4.neg(f32x4.div(age, halfLifeMs))));
}

/** The features of `count` candidates, column by column, as `FEATURE_NAMES` says. */
export function features(from: usize, user: usize, to: usize, stride: i32, count: i32): void {
  columnBytes = (<usize>stride) << SCALE;
  context = user;
  const end = (<usize>count) << SCALE;
  for (let at: usize = 0; at < end; at += 16) {
    inputs = from + at;
    outputs = to + at;
    putGraphs();
    putSession();
    putItem();
  }
}

/** What the interaction graph and the proposers say: the features up to popularity. */
function putGraphs(): void {
  const transition = input(Input.transition);
  const best = given(Context.weightBest);
  const weight = v128.and(f32x4.gt(best, f32x4.splat(0)), f32x4.div(input(Input.weight), best));
  put(lnPlus(1, transition));
  put(f32x4.div(transition, f32x4.add(given(Context.outgoingOfLast), f32x4.splat(2))));
  put(lnPlus(1, input(Input.transitionBack)));
  put(lnPlus(0.1, input(Input.together)));
  put(lnPlus(0.1, input(Input.togetherPrevious)));
  put(weight);
  put(ln(f32x4.max(weight, f32x4.splat(WEIGHT_MIN))));
  put(lnPlus(1, decayed(input(Input.popular), given(Context.popularHalfLifeMs))));
  put(lnPlus(1, decayed(input(Input.recent), given(Context.recentHalfLifeMs))));
}

/** Where the candidate was clicked in the session. */
function putSession(): void {
  const distance = input(Input.distance);
  const one = f32x4.splat(1);
  const isLast = f32x4.eq(distance, f32x4.splat(0));
  put(oneWhere(isLast));
  put(oneWhere(f32x4.eq(distance, one)));
  put(oneWhere(f32x4.gt(distance, one)));
  put(oneWhere(v128.and(isLast, f32x4.eq(given(Context.sessionItems), one))));
  put(v128.and(f32x4.ge(distance, f32x4.splat(0)), f32x4.div(one, f32x4.add(distance, one))));
  put(lnPlus(1, input(Input.clicks)));
}

/** Neighbour sessions, the user's history, and what the item itself is. */
function putItem(): void {
  const zero = f32x4.splat(0);
  const price = input(Input.price);
  const priceOfLast = given(Context.priceOfLast);
  const arePriced = v128.and(f32x4.gt(price, zero), f32x4.gt(priceOfLast, zero));
  put(input(Input.neighbour));
  put(input(Input.boughtBefore));
  put(input(Input.touchedBefore));
  put(input(Input.sameCategory));
  put(input(Input.sameBrand));
  put(input(Input.categoryShare));
  put(v128.and(arePriced, f32x4.abs(f32x4.sub(ln(price), ln(priceOfLast)))));
  put(input(Input.hit));
  put(input(Input.hasNoVector));
}
