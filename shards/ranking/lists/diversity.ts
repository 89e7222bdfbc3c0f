import { moveUp, type OrderedList } from './ordered-list.js';

/**
 * Greedy re-ordering for variety: place by place the item is taken whose score, less a penalty for each item of its
 * category already taken, is greatest. The penalty at `diversity` 1 is a quarter of the spread of the list's scores, so
 * that four of one category weigh as much as the whole spread. Work: places × pool, in place. Items without a category
 * are all different.
 */
export function diversify(list: OrderedList, places: number, diversity: number, category: Int32Array): void {
  if (diversity <= 0 || list.count < 3) return;
  const spread = list.scores[0] - list.scores[list.count - 1];
  const penalty = (diversity * spread) / 4;
  const taken = new Map<number, number>();
  const end = Math.min(places, list.count);
  for (let place = 0; place < end; place++) {
    let best = place;
    let bestValue = -Infinity;
    for (let i = place; i < list.count; i++) {
      const value = list.scores[i] - penalty * (taken.get(category[list.items[i]]) ?? 0);
      if (value <= bestValue) continue;
      best = i;
      bestValue = value;
    }
    moveUp(list, best, place);
    list.scores[place] = bestValue;
    const code = category[list.items[place]];
    if (code >= 0) taken.set(code, (taken.get(code) ?? 0) + 1);
  }
}
