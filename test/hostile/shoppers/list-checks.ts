import type { Slot } from '../../../gateway/protocol/messages.js';
import { isKnown, type Shop } from './shop.js';
import type { ShopperMemory } from './shopper-memory.js';

/** What a list has to keep to. */
export interface ListRules {
  readonly shop: Shop;
  readonly memory: ShopperMemory;
  readonly slot: Partial<Slot>;
}

/** A list as it came, and the last of the shopper's events that it knows. */
export interface ListToCheck {
  readonly ids: readonly string[];
  readonly scores: readonly number[];
  readonly cause: number;
}

/** What is wrong with a list, as rule and words; undefined when nothing is. */
export function listProblem(list: ListToCheck, rules: ListRules): string | undefined {
  return (
    shapeProblem(list, rules.slot) ?? list.ids.map((id) => itemProblem(id, list.cause, rules)).find(Boolean)
  );
}

function shapeProblem({ ids, scores }: ListToCheck, { k = 20, filter }: Partial<Slot>): string | undefined {
  if (!Array.isArray(ids) || !Array.isArray(scores)) return '[R4] a list without ids or scores';
  if (new Set(ids).size < ids.length) return `[R4] an item twice: ${ids.join(' ')}`;
  if (ids.length > k || ids.length === 0) return `[R4] ${ids.length} items where ${k} were asked for`;
  if (filter === undefined && ids.length < k)
    return `[R4] ${ids.length} items only where ${k} were asked for`;
  if (scores.length !== ids.length || !scores.every(Number.isFinite))
    return '[R4] scores that do not fit the items';
  if (scores.some((score, i) => i > 0 && score > scores[i - 1])) return '[R4] scores that rise';
  return undefined;
}

function itemProblem(id: string, cause: number, { shop, memory, slot }: ListRules): string | undefined {
  const { exclude, excludeSeen, filter } = slot;
  if (!isKnown(shop, id)) return `[R4] ${id} is not in the catalogue`;
  if (shop.soldOut.has(id)) return `[R4] ${id} is sold out`;
  if (exclude?.includes(id)) return `[R4] ${id} is excluded`;
  if (filter?.['category'] !== undefined && shop.categoryOf.get(id) !== filter['category'])
    return `[R4] ${id} is not of ${String(filter['category'])}`;
  if (memory.isDismissed(id, cause)) return `[R4] ${id} was dismissed (cause ${cause})`;
  if (excludeSeen === 'viewed' && memory.isViewed(id, cause)) return `[R4] ${id} was viewed (cause ${cause})`;
  if (excludeSeen === 'purchased' && memory.isPurchased(id, cause))
    return `[R4] ${id} was purchased (cause ${cause})`;
  return undefined;
}
