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

/** Least relative weight whose logarithm is told apart. */
const WEIGHT_MIN: f32 = 0.001;

let inputs: usize = 0;
let outputs: usize = 0;
let context: usize = 0;
let columnBytes: usize = 0;

function input(column: i32): v128 {
  return v128.load(inputs + <usize>column * columnBytes);
}

function given(place: i32): v128 {
  return v128.load32_splat(context + ((<usize>place) << 2));
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
  columnBytes = (<usize>stride) << 2;
  context = user;
  const end = (<usize>count) << 2;
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
