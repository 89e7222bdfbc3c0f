import type { Item } from '../../catalogue/shared-catalogue.js';
import type { Judged } from '../../eval/measures/probability-measures.js';
import { PurchaseHead, type PurchaseHeadWeights } from '../../intent/purchase-head.js';
import type { Dataset, SessionRange } from '../data/dataset.js';
import { openClicks } from './fit-purchase-head.js';

/** What a head says at every click of a range before its session's first purchase, and whether the session bought. */
export function judgePurchaseHead(
  weights: PurchaseHeadWeights,
  dataset: Dataset,
  range: SessionRange,
  items: readonly Pick<Item, 'category'>[],
): Judged {
  const head = new PurchaseHead(weights);
  const clicks = [...openClicks(dataset, range)];
  return {
    said: clicks.map(
      (click) => head.probability(click, items[click.items[click.items.length - 1]].category) ?? 0,
    ),
    came: clicks.map(({ buys }) => Number(buys)),
  };
}
