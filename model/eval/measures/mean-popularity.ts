/**
 * Mean popularity of a list's items, 0..1: each item's clicks before the test as a share of those of the most clicked item.
 * `clicks` by item; 0 for an empty list or when nothing was clicked (`most` 0).
 */
export function meanPopularity(list: ArrayLike<number>, clicks: Int32Array, most: number): number {
  if (list.length === 0 || most === 0) return 0;
  let sum = 0;
  for (let i = 0; i < list.length; i++) sum += clicks[list[i]];
  return sum / (list.length * most);
}
