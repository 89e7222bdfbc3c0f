import { REASONS_MAX, type RankAnswer } from '../../shards/api.js';

/**
 * The best `k` of ranked candidates by what a click on each is worth: `score_i = p_i · value_i`. `p_i = exp(s_i) / Σ_j exp(s_j)` over all
 * that were ranked is the ranker's own estimate, for it is fitted by that softmax: how likely it is that of these the shopper takes the
 * i-th next. A candidate without a value has 1. Of equal products the likelier one comes first.
 * Reasons are those of the first `REASONS_MAX`, as without values.
 * @returns an answer of the same kind, the caller's.
 */
export function valuedOrder(answer: RankAnswer, values: ReadonlyMap<number, number>, k: number): RankAnswer {
  const { items, reasons } = answer;
  const products = expectedValues(answer, values);
  const order = Array.from(items, (_, i) => i).sort((a, b) => products[b] - products[a] || a - b);
  const best = order.slice(0, k);
  return {
    ...answer,
    items: Int32Array.from(best, (i) => items[i]),
    scores: Float32Array.from(best, (i) => products[i]),
    ...(reasons && { reasons: best.slice(0, REASONS_MAX).map((i) => reasons[i]) }),
  };
}

/** Float64 [n]: share of each times its value. Scores come best first, so the first is the greatest. */
function expectedValues(
  { items, scores }: Pick<RankAnswer, 'items' | 'scores'>,
  values: ReadonlyMap<number, number>,
): Float64Array {
  const shares = Float64Array.from(scores, (score) => Math.exp(score - scores[0]));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share, i) => (share / sum) * (values.get(items[i]) ?? 1));
}
