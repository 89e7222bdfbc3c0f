import type { Membership } from './community-tree.js';
import { dealtIds, type IdPair } from './dealt-ids.js';

/** Part of two communities, of all items in either, that has to be in both for the later one to be the earlier one. */
const SAME_MIN = 0.25;

/**
 * Gives communities the ids of those of before that they have most in common with, and others new ones. Pairs go by the items in both,
 * the most first; each id is given once, and ids are never used again.
 * @param levels Int32 [items] each, large and small: any numbers, −1 for none
 */
export function keptIds([large, small]: readonly [Int32Array, Int32Array], before: Membership): Membership {
  let { nextId } = before;
  const fresh = (): number => nextId++;
  const ids = { large: idsOf(large, before.large, fresh), small: idsOf(small, before.small, fresh) };
  return { nextId, ...ids };
}

function idsOf(label: Int32Array, before: Int32Array, fresh: () => number): Int32Array {
  const now = sizesOf(label, -1);
  const then = sizesOf(before, 0);
  const pairs = overlaps(label, before).filter(({ now: community, id, likeness: both }) => {
    const either = (now.get(community) ?? 0) + (then.get(id) ?? 0) - both;
    return both >= SAME_MIN * either;
  });
  const dealt = dealtIds(now.keys(), pairs, fresh);
  return label.map((community) => dealt.get(community) ?? 0);
}

/** Likeness is the number of items in both; by community. */
function overlaps(label: Int32Array, before: Int32Array): IdPair[] {
  const both = new Map<string, { readonly now: number; readonly id: number; likeness: number }>();
  for (let item = 0; item < Math.min(label.length, before.length); item++) {
    const [now, id] = [label[item], before[item]];
    if (now < 0 || id === 0) continue;
    const key = `${now} ${id}`;
    const known = both.get(key);
    if (known === undefined) both.set(key, { now, id, likeness: 1 });
    else known.likeness++;
  }
  return [...both.values()].sort((a, b) => a.now - b.now);
}

function sizesOf(label: Int32Array, none: number): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const c of label) if (c !== none) sizes.set(c, (sizes.get(c) ?? 0) + 1);
  return sizes;
}
