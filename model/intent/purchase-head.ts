import { z } from 'zod';
import { hasPurchase, PURCHASE_FEATURES, purchaseFeatures, type SessionClicks } from './purchase-features.js';

/** Categories that a head knows by name, at most. */
export const HEAD_CATEGORIES_MAX = 4_096;

const finite = z.number();

/** The head of a bundle that says whether a session buys: a logistic regression, and what categories are bought from. */
export const purchaseHeadSchema = z.object({
  /** Names of `weights` in order; must equal `PURCHASE_FEATURES` of the serving code. */
  features: z.array(z.string()),
  weights: z.array(finite),
  bias: finite,
  /** Log odds that a session which clicks in the category buys from it, by name; `other` for the rest. */
  categories: z.array(z.tuple([z.string(), finite])).max(HEAD_CATEGORIES_MAX),
  other: finite,
});
export type PurchaseHeadWeights = z.infer<typeof purchaseHeadSchema>;

/** Says how likely it is that a running session buys. */
export class PurchaseHead {
  readonly #weights: PurchaseHeadWeights;
  readonly #logOdds: ReadonlyMap<string, number>;

  constructor(weights: PurchaseHeadWeights) {
    this.#weights = weights;
    this.#logOdds = new Map(weights.categories);
  }

  /** 0..1; 1 once it has bought. `category` is that of the item clicked last. Undefined before the first click. */
  probability(session: SessionClicks, category: string | undefined): number | undefined {
    if (session.items.length === 0) return undefined;
    if (hasPurchase(session)) return 1;
    const { weights, bias, other } = this.#weights;
    const logOdds = (category === undefined ? undefined : this.#logOdds.get(category)) ?? other;
    const features = purchaseFeatures(session, logOdds);
    const score = features.reduce((sum, feature, i) => sum + feature * weights[i], bias);
    return 1 / (1 + Math.exp(-score));
  }
}

/** What is wrong with a head that is of the right form; undefined when the serving code understands it. */
export function purchaseHeadProblem({ features, weights }: PurchaseHeadWeights): string | undefined {
  const expected = PURCHASE_FEATURES.join(', ');
  if (features.join(', ') !== expected)
    return `expected the features ${expected}, found ${features.join(', ')}`;
  return weights.length === features.length
    ? undefined
    : `expected ${features.length} weights, found ${weights.length}`;
}
