import type { Item } from '../../catalogue/shared-catalogue.js';
import { PURCHASE_CLICKS_MAX, PURCHASE_FEATURES, purchaseFeatures } from '../../intent/purchase-features.js';
import { HEAD_CATEGORIES_MAX, type PurchaseHeadWeights } from '../../intent/purchase-head.js';
import { EVENT_KIND } from '../../scorer/event-kinds.js';
import type { Dataset, SessionRange } from '../data/dataset.js';
import { CategoryOdds } from './category-odds.js';
import { fitLogistic, type LabelledRows } from './logistic-regression.js';

/** Sessions that end in a purchase after other clicks, and sessions that never buy, without which nothing can be learned. */
const SESSIONS_MIN = 50;
/** Clicks that are learned from, at most; of more data the latest count. */
const ROWS_MAX = 200_000;

/** A click of a session that has not bought yet. */
export interface OpenClick {
  readonly session: number;
  /** Clicks of the session so far, those that are looked at. */
  readonly items: Int32Array;
  readonly kinds: Uint8Array;
  /** True when the session buys later. */
  readonly buys: boolean;
}

/** Learns from sessions which of them buy; undefined where too few buy, or too few do not, as in data of orders alone. */
export function fitPurchaseHead(
  dataset: Dataset,
  range: SessionRange,
  items: readonly Pick<Item, 'category'>[],
): PurchaseHeadWeights | undefined {
  if (!hasBothKinds(dataset, range)) return undefined;
  const odds = new CategoryOdds(dataset, range, (item) => items[item]?.category);
  const { weights, bias } = fitLogistic(rowsOf([...openClicks(dataset, range)].slice(-ROWS_MAX), odds));
  return {
    features: [...PURCHASE_FEATURES],
    weights,
    bias,
    categories: odds.categories(HEAD_CATEGORIES_MAX),
    other: odds.other,
  };
}

/** Every click of a range before its session's first purchase, in order. */
export function* openClicks(dataset: Dataset, range: SessionRange): Iterable<OpenClick> {
  const { start, item, kind } = dataset;
  for (let session = range.from; session < range.to; session++) {
    const from = start[session];
    const bought = firstPurchase(dataset, session);
    const buys = bought < start[session + 1];
    for (let click = from; click < bought; click++) {
      const first = Math.max(from, click + 1 - PURCHASE_CLICKS_MAX);
      const seen = { items: item.subarray(first, click + 1), kinds: kind.subarray(first, click + 1) };
      yield { session, ...seen, buys };
    }
  }
}

/** The session's first click that is a purchase, or where it ends. */
function firstPurchase({ start, kind }: Dataset, session: number): number {
  let click = start[session];
  while (click < start[session + 1] && kind[click] !== EVENT_KIND.purchase) click++;
  return click;
}

function hasBothKinds(dataset: Dataset, range: SessionRange): boolean {
  let buying = 0;
  let others = 0;
  for (let session = range.from; session < range.to; session++) {
    const bought = firstPurchase(dataset, session);
    if (bought === dataset.start[session + 1]) others++;
    else if (bought > dataset.start[session]) buying++;
  }
  return Math.min(buying, others) >= SESSIONS_MIN;
}

function rowsOf(clicks: readonly OpenClick[], odds: CategoryOdds): LabelledRows {
  const width = PURCHASE_FEATURES.length;
  const features = new Float64Array(clicks.length * width);
  clicks.forEach((click, row) => {
    const last = click.items[click.items.length - 1];
    features.set(purchaseFeatures(click, odds.without(click.session, last)), row * width);
  });
  return { width, features, labels: Uint8Array.from(clicks, ({ buys }) => Number(buys)) };
}
