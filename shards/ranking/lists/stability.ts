import { moveUp, type OrderedList } from './ordered-list.js';

/**
 * R5: lets at most `movesMax` items enter that the shopper's current list (`shown`, best first) does not have. Further
 * newcomers are passed over in favour of the best ones that they already see; their order is the new one. `movesMax` 0 lets
 * nothing in while the old items last, Infinity lets everything move. `list` holds more than `places` items, best first; afterwards its
 * first `places` are the answer.
 */
export function limitMoves(list: OrderedList, places: number, shown: Int32Array, movesMax: number): void {
  if (movesMax === Infinity || shown.length === 0) return;
  let entered = 0;
  const end = Math.min(places, list.count);
  for (let place = 0; place < end; place++) {
    if (shown.includes(list.items[place])) continue;
    if (entered < movesMax) {
      entered++;
      continue;
    }
    const next = nextShown(list, place + 1, shown);
    if (next < 0) return;
    const score = list.scores[place];
    moveUp(list, next, place);
    list.scores[place] = score;
  }
}

/**
 * R5: makes the list what the shopper sees already, as far as the rules still allow it: the items of `shown` first and in
 * their order, then the new ones. Scores stay with the places, so that they fall from first to last.
 */
export function freeze(list: OrderedList, shown: Int32Array): void {
  let place = 0;
  for (let i = 0; i < shown.length; i++) {
    const from = list.items.subarray(0, list.count).indexOf(shown[i], place);
    if (from < 0) continue;
    const scores = list.scores.slice(place, from + 1);
    moveUp(list, from, place);
    list.scores.set(scores, place);
    place++;
  }
}

function nextShown(list: OrderedList, from: number, shown: Int32Array): number {
  for (let i = from; i < list.count; i++) if (shown.includes(list.items[i])) return i;
  return -1;
}
