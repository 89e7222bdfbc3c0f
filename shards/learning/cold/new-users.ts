import { type Item, COLUMN } from '../../../model/catalogue/shared-catalogue.js';
import { learnRange } from '../../../model/eval/baselines/baseline.js';
import { Popularity } from '../../../model/eval/baselines/popularity.js';
import { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import type { SessionRange } from '../../../model/train/data/dataset.js';
import type { ColdData } from './cold-methods.js';
import type { ServingPath } from '../serving/serving-path.js';

/** Length of the lists for new users. */
export const NEW_USER_K = 20;

/** Share of sessions, in percent, whose first item was in the list for a user of whom nothing is known. */
export interface NewUserRecall {
  /** They have told nothing at all. */
  readonly shop: number;
  /** They are on the page of the item's category. */
  readonly category: number;
}

/** What the shop's most popular items, and those of the category, would have had. */
export function newUserPopularity(
  { dataset, history, test }: ColdData,
  items: readonly Item[],
): NewUserRecall {
  const popularity = new Popularity(dataset);
  learnRange(popularity, history);
  let inShop = 0;
  let inCategory = 0;
  for (let session = test.from; session < test.to; session++) {
    const item = dataset.item[dataset.start[session]];
    const { category } = items[item];
    const rivals = rivalsOf(popularity.counts, item);
    if (rivals.length < NEW_USER_K) inShop++;
    const inReach = rivals.filter((other) => items[other].category === category).length < NEW_USER_K;
    if (category !== undefined && popularity.counts[item] > 0 && inReach) inCategory++;
    popularity.learn(session);
  }
  return { shop: percent(inShop, test), category: percent(inCategory, test) };
}

/** Items that rank before one by their counts, the smaller row first when equal. */
function rivalsOf(counts: Int32Array, item: number): Int32Array {
  const own = counts[item];
  return Int32Array.from(counts.keys()).filter(
    (other) => counts[other] > own || (counts[other] === own && other < item),
  );
}

/** Asks for a list before each session of the test, which is learned afterwards. */
export async function newUserRecall(
  path: ServingPath,
  { dataset, test }: ColdData,
  told: (asked: number) => void,
): Promise<NewUserRecall> {
  const { catalogue, indexOfRow } = path.model;
  const categories = new CatalogueView(catalogue.shared).category;
  let inShop = 0;
  let inCategory = 0;
  for (let session = test.from; session < test.to; session++) {
    const item = indexOfRow[dataset.item[dataset.start[session]]];
    const code = categories[item];
    const bits = new Uint8Array((code >> 3) + 1);
    bits[code >> 3] = 1 << (code & 7);
    const filter = { op: 'codes', column: COLUMN.category, bits } as const;
    if (path.listForStranger(NEW_USER_K).includes(item)) inShop++;
    if (code >= 0 && path.listForStranger(NEW_USER_K, filter).includes(item)) inCategory++;
    await path.drive({ from: session, to: session + 1 }, { learns: true, k: 1, sideBySide: 1 }, {});
    told(session + 1 - test.from);
  }
  return { shop: percent(inShop, test), category: percent(inCategory, test) };
}

function percent(count: number, { from, to }: SessionRange): number {
  return Math.round((1_000 * count) / Math.max(1, to - from)) / 10;
}
