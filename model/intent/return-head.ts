import { z } from 'zod';
import { RETURN_FEATURES, returnFeatures, type VisitHistory } from './return-features.js';

/** Trees of one horizon, at most. */
const TREES_MAX = 500;
/** Horizons of one head, at most. */
const HORIZONS_MAX = 4;

const finite = z.number();

/**
 * A tree of two questions: is feature `features[0]` at least `thresholds[0]`? Then is that of `features[2]`, else that of `features[1]`? The answers
 * lead to one of the four leaves, no-no first.
 */
const treeSchema = z.object({
  features: z.array(z.number().int().nonnegative().lt(RETURN_FEATURES.length)).length(3),
  thresholds: z.array(finite).length(3),
  leaves: z.array(finite).length(4),
});
export type ReturnTree = z.infer<typeof treeSchema>;

/** The head of a bundle that says who does not come back: for each horizon trees whose leaves add up to log odds. */
export const returnHeadSchema = z.object({
  /** Names of the features; must equal `RETURN_FEATURES` of the serving code. */
  features: z.array(z.string()),
  horizons: z
    .array(
      z.object({
        /** Nobody who comes within so many days is gone. */
        days: z.number().int().min(1).max(365),
        bias: finite,
        trees: z.array(treeSchema).max(TREES_MAX),
      }),
    )
    .min(1)
    .max(HORIZONS_MAX),
});
export type ReturnHeadWeights = z.infer<typeof returnHeadSchema>;
export type ReturnHorizon = ReturnHeadWeights['horizons'][number];

/** Says how likely it is that somebody does not come back. */
export class ReturnHead {
  readonly #horizons: ReadonlyMap<number, ReturnHorizon>;
  /** Days that it was learned for, the fewest first. */
  readonly days: readonly number[];

  constructor({ horizons }: ReturnHeadWeights) {
    this.#horizons = new Map(horizons.map((horizon) => [horizon.days, horizon]));
    this.days = [...this.#horizons.keys()].sort((a, b) => a - b);
  }

  /**
   * Probability that nothing comes of them within `days` of `nowMs`, 0..1. Undefined for who never came, and for days that it was not
   * learned for.
   */
  probability(history: VisitHistory, nowMs: number, days: number): number | undefined {
    const horizon = this.#horizons.get(days);
    if (horizon === undefined || history.latest.length === 0) return undefined;
    return 1 / (1 + Math.exp(-logOdds(horizon, returnFeatures(history, nowMs))));
  }
}

/** Log odds of one horizon for features in their order. */
function logOdds({ bias, trees }: Omit<ReturnHorizon, 'days'>, features: readonly number[]): number {
  return trees.reduce((sum, tree) => sum + leafOf(tree, features), bias);
}

function leafOf({ features, thresholds, leaves }: ReturnTree, values: readonly number[]): number {
  const first = Number(values[features[0]] >= thresholds[0]);
  const second = Number(values[features[1 + first]] >= thresholds[1 + first]);
  return leaves[2 * first + second];
}

/** What is wrong with a head that is of the right form; undefined when the serving code understands it. */
export function returnHeadProblem({ features, horizons }: ReturnHeadWeights): string | undefined {
  const expected = RETURN_FEATURES.join(', ');
  if (features.join(', ') !== expected)
    return `expected the features ${expected}, found ${features.join(', ')}`;
  const days = horizons.map((horizon) => horizon.days);
  return new Set(days).size === days.length
    ? undefined
    : `expected every horizon once, found ${days.join(', ')}`;
}
