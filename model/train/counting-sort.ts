/** Numbers laid out by group; arrays are the caller's. */
export interface Grouped {
  /** Int32: the numbers 0, 1, … by group; those of a group stay in order. */
  readonly order: Int32Array;
  /** Int32 [groups + 1]: group g has the places from `start[g]` to `start[g + 1]` (exclusive) of `order`. */
  readonly start: Int32Array;
}

/** Counting sort: puts the numbers 0, 1, … of `groupOf` next to each other by their group, 0 to `groups` (exclusive). */
export function groupInOrder(groupOf: Int32Array, groups: number): Grouped {
  const start = new Int32Array(groups + 1);
  for (const group of groupOf) start[group + 1]++;
  for (let group = 0; group < groups; group++) start[group + 1] += start[group];
  const next = start.slice();
  const order = new Int32Array(groupOf.length);
  groupOf.forEach((group, i) => (order[next[group]++] = i));
  return { order, start };
}
