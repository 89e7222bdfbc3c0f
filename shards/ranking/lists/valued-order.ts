import type { OrderedList } from './ordered-list.js';

/** A list, and the scores that it is told with. */
export interface ScoredOrder {
  /** With the scores of the ranker, which reasons are about. */
  readonly list: OrderedList;
  /** Float32 [at least `list.count`], falling. */
  readonly scores: Float32Array;
}

/** A list in order of the ranker's scores, in its buffers. */
export function plainOrder(list: OrderedList): ScoredOrder {
  return { list, scores: list.scores };
}

/**
 * The best `k` of ranked candidates by what a click on each is worth: `p_i · value_i`. `p_i = exp(s_i) / Σ_j exp(s_j)` over all
 * that were ranked is the ranker's own estimate, for it is fitted by that softmax: how likely it is that of these the shopper takes the
 * i-th next. A candidate without a value has 1. Of equal products the likelier one comes first.
 * @param ranked best first; borrowed.
 * @param values by item.
 * @returns what is the caller's, told with the products.
 */
export function valuedOrder(
  ranked: OrderedList,
  values: ReadonlyMap<number, number>,
  k: number,
): ScoredOrder {
  const products = expectedValues(ranked, values);
  const order = Array.from(products, (_, i) => i).sort((a, b) => products[b] - products[a] || a - b);
  const best = order.slice(0, k);
  const list = {
    items: Int32Array.from(best, (i) => ranked.items[i]),
    scores: Float32Array.from(best, (i) => ranked.scores[i]),
    rows: Int32Array.from(best, (i) => ranked.rows[i]),
    count: best.length,
    max: best.length,
  };
  return { list, scores: Float32Array.from(best, (i) => products[i]) };
}

/** Float64 [count]: share of each times its value. Scores come best first, so the first is the greatest. */
function expectedValues(
  { items, scores, count }: OrderedList,
  values: ReadonlyMap<number, number>,
): Float64Array {
  const shares = Float64Array.from(scores.subarray(0, count), (score) => Math.exp(score - scores[0]));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share, i) => (share / sum) * (values.get(items[i]) ?? 1));
}
