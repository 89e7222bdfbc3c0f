import type { Membership } from './community-tree.js';

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
  const given = new Map<number, number>();
  const taken = new Set<number>();
  for (const { community, id, both } of overlaps(label, before)) {
    if (given.has(community) || taken.has(id)) continue;
    const either = (now.get(community) ?? 0) + (then.get(id) ?? 0) - both;
    if (both < SAME_MIN * either) continue;
    given.set(community, id);
    taken.add(id);
  }
  for (const community of now.keys()) if (!given.has(community)) given.set(community, fresh());
  return label.map((community) => given.get(community) ?? 0);
}

interface Overlap {
  readonly community: number;
  readonly id: number;
  /** Items in both. */
  both: number;
}

function overlaps(label: Int32Array, before: Int32Array): Overlap[] {
  const found = new Map<string, Overlap>();
  for (let item = 0; item < Math.min(label.length, before.length); item++) {
    const [community, id] = [label[item], before[item]];
    if (community < 0 || id === 0) continue;
    const key = `${community} ${id}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { community, id, both: 1 });
    else known.both++;
  }
  return [...found.values()].sort((a, b) => b.both - a.both || a.id - b.id || a.community - b.community);
}

function sizesOf(label: Int32Array, none: number): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const c of label) if (c !== none) sizes.set(c, (sizes.get(c) ?? 0) + 1);
  return sizes;
}
