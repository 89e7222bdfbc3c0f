import type { Item } from '../../catalogue/shared-catalogue.js';
import { LinearProjection } from '../../content/linear-projection.js';
import type { SparseVector } from '../../content/text-encoder.js';
import { fitRidge, meanWeights, type RidgeRows } from './ridge.js';
import { isSurelyBetter, meanCosine, type JudgedItems } from './sure-gain.js';

/** With fewer, nothing is learned. */
export const ITEMS_MIN = 50;
/** Penalties tried of words, strongest first, each from the solution of the one before. */
export const WORD_PENALTIES = [4, 1, 0.25, 0.06, 0.015] as const;
/** Of vectors: all of their numbers say something of every item, so that more of them is noise. */
export const VECTOR_PENALTIES = [64, 16, 4, 1, 0.25] as const;
/** One item in so many is held out while the penalty is chosen. */
const HELD_OUT_EVERY = 5;
const CHOICE_ROUNDS = 12;
const FINAL_ROUNDS = 30;

/** Items to learn from, most clicked first, with their learned vectors. */
export interface Learned {
  readonly items: readonly Item[];
  /** Float32 [items, width]. */
  readonly vectors: Float32Array;
  /** Float32 [items]. */
  readonly importance: Float32Array;
  readonly width: number;
}

/** A map that was learned, and how good it is. */
export interface FittedRidge {
  readonly weights: Float32Array;
  /** The weights without the items held out, and which those are. */
  readonly ofRest: Float32Array;
  readonly isHeldOut: (row: number) => boolean;
  /** Mean cosine of the items held out, in percent. */
  readonly cosine: number;
  /** False: they might as well all stand at the mean of the others. */
  readonly saysSomething: boolean;
}

/** The best penalty so far, the weights by it, and the mean cosine of the items held out. */
interface ChosenPenalty {
  readonly penalty: number;
  readonly cosine: number;
  readonly weights: Float32Array;
}

/** Ridge regression from content, [items] of `inputCount` places, to learned vectors: the penalty is chosen on items held out, then all are fitted. Undefined when too few items have content. */
export function chooseRidge(
  learned: Learned,
  inputs: readonly SparseVector[],
  inputCount: number,
  penalties: readonly number[],
): FittedRidge | undefined {
  const told = [...inputs.keys()].filter((row) => inputs[row].count > 0);
  if (told.length < ITEMS_MIN) return undefined;
  const isHeldOut = (row: number): boolean => row % HELD_OUT_EVERY === 0;
  const held = told.filter((row) => isHeldOut(row));
  const rest = rowsOf(
    learned,
    inputs,
    inputCount,
    told.filter((row) => !isHeldOut(row)),
  );
  const judge = (weights: Float32Array): JudgedItems => judgedBy(learned, inputs, held, weights);
  let best: ChosenPenalty = { penalty: 0, cosine: -2, weights: new Float32Array(0) };
  let weights: Float32Array | undefined;
  for (const penalty of penalties) {
    weights = fitRidge(rest, penalty, CHOICE_ROUNDS, weights);
    const cosine = meanCosine(judge(weights));
    if (cosine <= best.cosine) break;
    best = { penalty, cosine, weights };
  }
  return {
    weights: fitRidge(rowsOf(learned, inputs, inputCount, told), best.penalty, FINAL_ROUNDS),
    ofRest: best.weights,
    isHeldOut,
    cosine: inPercent(best.cosine),
    saysSomething: isSurelyBetter(judge(best.weights), judge(meanWeights(rest))),
  };
}

/** With one decimal. */
export function inPercent(share: number): number {
  return Math.round(share * 1_000) / 10;
}

function rowsOf(
  { vectors, importance, width }: Learned,
  inputs: readonly SparseVector[],
  inputCount: number,
  rows: readonly number[],
): RidgeRows {
  const targets = new Float32Array(rows.length * width);
  rows.forEach((row, i) => targets.set(vectors.subarray(row * width, (row + 1) * width), i * width));
  return {
    inputs: rows.map((row) => inputs[row]),
    inputCount,
    targets,
    importance: Float32Array.from(rows, (row) => importance[row]),
    outputs: width,
  };
}

function judgedBy(
  { vectors, importance, width }: Learned,
  inputs: readonly SparseVector[],
  rows: readonly number[],
  weights: Float32Array,
): JudgedItems {
  const projection = new LinearProjection(weights, width);
  const place = new Float32Array(width);
  const cosines = rows.map((row) => {
    projection.project(inputs[row], place, 0);
    return place.reduce((sum, value, d) => sum + value * vectors[row * width + d], 0);
  });
  return { cosines, importance: rows.map((row) => importance[row]) };
}
