/** One of now that could be one of before, and how alike they are; the greater the more. */
export interface IdPair {
  readonly now: number;
  readonly id: number;
  readonly likeness: number;
}

/**
 * Deals ids of before to those of now: the likest pairs first, of equal ones the lowest id, then in the order given. Each id is dealt once;
 * whoever gets none gets what `fresh` gives, in the order of `all`.
 */
export function dealtIds(
  all: Iterable<number>,
  pairs: readonly IdPair[],
  fresh: () => number,
): Map<number, number> {
  const dealt = new Map<number, number>();
  const taken = new Set<number>();
  for (const { now, id } of pairs.toSorted((a, b) => b.likeness - a.likeness || a.id - b.id)) {
    if (dealt.has(now) || taken.has(id)) continue;
    dealt.set(now, id);
    taken.add(id);
  }
  for (const now of all) if (!dealt.has(now)) dealt.set(now, fresh());
  return dealt;
}
