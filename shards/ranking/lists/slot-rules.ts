import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import { SEEN } from '../../graph/interest/event-effects.js';
import type { SeenLookup } from './seen-lookup.js';
import type { SlotDefinition } from '../../wire/slot-lists.js';

/** A slot's definition made ready for many questions. */
export interface SlotRules {
  readonly definition: SlotDefinition;
  readonly excluded: ReadonlySet<number>;
  /** `SEEN` bits that rule an item out. */
  readonly barred: number;
}

/** What is excluded by the slots that exclude nothing: most, each of an open user. */
const NOTHING: ReadonlySet<number> = new Set();

/** Rules of a slot. A dismissed item never comes back by itself; `rank` orders what the caller names, dismissed or not. */
export function createRules(definition: SlotDefinition, barsDismissed: boolean): SlotRules {
  const { exclude = [] } = definition;
  const barred = [0, SEEN.purchased, SEEN.purchased | SEEN.viewed][definition.excludeSeen];
  return {
    definition,
    excluded: exclude.length === 0 ? NOTHING : new Set(exclude),
    barred: barsDismissed ? barred | SEEN.dismissed : barred,
  };
}

/** R4: true when the item is in the catalogue, in stock, and neither filter, exclusions nor the shopper's own marks rule it out. */
export function isAllowed(
  rules: SlotRules,
  catalogue: CatalogueView,
  seen: SeenLookup,
  item: number,
): boolean {
  if (!catalogue.isRecommendable(item)) return false;
  if ((seen.marks(item) & rules.barred) !== 0) return false;
  if (rules.excluded.size > 0 && rules.excluded.has(item)) return false;
  const { filter } = rules.definition;
  return filter === undefined || catalogue.passes(filter, item);
}
