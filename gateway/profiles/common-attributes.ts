import type { ItemAttribute } from '../../model/catalogue/words/word-lists.js';
import { roundScore } from '../calls/wire-reason.js';
import type { InterestAttribute } from '../protocol/messages.js';

/** Attributes that are told of an interest, at most. */
const TOLD_MAX = 4;
/** Part of the weight of the items, and number of them, that an attribute needs before it is told. */
const SHARE_MIN = 0.4;
const ITEMS_MIN = 2;

/** What an item is, and how much it counts. */
export interface WeighedAttributes {
  readonly attributes: readonly ItemAttribute[];
  readonly weight: number;
}

/** What most of some items have in common, the commonest first. Items that the shopper turned against do not count. */
export function commonAttributes(items: readonly WeighedAttributes[]): InterestAttribute[] {
  const counted = new Map<string, { attribute: ItemAttribute; weight: number; items: number }>();
  let total = 0;
  for (const { attributes, weight } of items) {
    if (weight <= 0) continue;
    total += weight;
    for (const attribute of attributes) {
      const key = `${attribute.name}:${attribute.value}`;
      const before = counted.get(key) ?? { attribute, weight: 0, items: 0 };
      counted.set(key, { attribute, weight: before.weight + weight, items: before.items + 1 });
    }
  }
  return [...counted.values()]
    .filter((of) => of.items >= ITEMS_MIN && of.weight >= SHARE_MIN * total)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, TOLD_MAX)
    .map(({ attribute, weight }) => ({ ...attribute, share: roundScore(weight / total) }));
}
