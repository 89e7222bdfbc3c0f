/** Items with scores, best first, in buffers that are reused. */
export interface OrderedList {
  readonly items: Int32Array;
  readonly scores: Float32Array;
  /** Candidate row of each item in the set it came from; −1 for one that was filled in. */
  readonly rows: Int32Array;
  count: number;
  /** Items that `insertByScore` keeps; as many as there is room for, or fewer. */
  max: number;
}

/** An empty list with room for `max` items. */
export function createOrderedList(max: number): OrderedList {
  return {
    items: new Int32Array(max),
    scores: new Float32Array(max),
    rows: new Int32Array(max),
    count: 0,
    max,
  };
}

/** The first `countMax` items of a list, in its buffers. */
export function firstOf(list: OrderedList, countMax: number): OrderedList {
  return list.count <= countMax ? list : { ...list, count: countMax };
}

/** Puts an item at its place by score, if it belongs to the best `list.max`. Equal scores keep the order of arrival. */
export function insertByScore(list: OrderedList, item: number, score: number, row: number): void {
  const { max } = list;
  if (list.count === max && score <= list.scores[max - 1]) return;
  let at = list.count < max ? list.count++ : max - 1;
  while (at > 0 && list.scores[at - 1] < score) {
    list.items[at] = list.items[at - 1];
    list.scores[at] = list.scores[at - 1];
    list.rows[at] = list.rows[at - 1];
    at--;
  }
  list.items[at] = item;
  list.scores[at] = score;
  list.rows[at] = row;
}

/** Moves the item at `from` up to `to`, shifting those between down. */
export function moveUp(list: OrderedList, from: number, to: number): void {
  const item = list.items[from];
  const score = list.scores[from];
  const row = list.rows[from];
  list.items.copyWithin(to + 1, to, from);
  list.scores.copyWithin(to + 1, to, from);
  list.rows.copyWithin(to + 1, to, from);
  list.items[to] = item;
  list.scores[to] = score;
  list.rows[to] = row;
}
