import type { Recommend } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import type { RelationAsked } from '../../shards/api.js';

/** What a `recommend` is around, undefined when it is for the shopper alone; or what is wrong with it. */
export function relationOf(
  { how, item }: Pick<Recommend, 'how' | 'item'>,
  indexOf: (id: string) => number,
): RelationAsked | Problem | undefined {
  const isAround = how === 'similar' || how === 'together';
  if (item !== undefined && !isAround)
    return invalid(
      `item goes with how: "similar" or "together"${how === undefined ? '' : `, not with "${how}"`}`,
    );
  if (how === undefined) return undefined;
  if (!isAround) return { how, item: -1 };
  if (item === undefined) return invalid(`item is missing: how "${how}" is about one`);
  const index = indexOf(item);
  if (index >= 0) return { how, item: index };
  return { code: 'unknown_item', message: `item "${item}" is not in the catalogue` };
}

function invalid(message: string): Problem {
  return { code: 'invalid_field', message };
}
