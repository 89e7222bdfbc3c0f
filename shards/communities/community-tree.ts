import type { SharedVectors } from '../../model/kernel/shared-vectors.js';
import { communityFlows, type Flow } from './community-flows.js';
import { clicksOf, itemLinks, type ShopGraphs } from './item-links.js';
import { keptIds } from './kept-ids.js';
import { louvain, modularityOf, type Cut } from './louvain.js';
import { placeByVector } from './place-by-vector.js';
import type { WeightedLinks } from './weighted-links.js';

/** Items below which a community is none. */
export const COMMUNITY_ITEMS_MIN = 4;
/** Communities of each level at most: those of the most items. */
export const COMMUNITIES_MAX = 1_024;
/** Items that a community is told by. */
const LEADING_MAX = 32;
/** How much better a cut from scratch has to be than one that begins where the last one ended, before it takes its place. */
const BETTER_MIN = 0.01;

/** Which community each item is in, of both levels, and the number that the next new one is called by. */
export interface Membership {
  readonly nextId: number;
  /** Int32 [items]: id of the community, 0 for none. */
  readonly large: Int32Array;
  /** Int32 [items]: id of the community inside that one, 0 for none. */
  readonly small: Int32Array;
}

/** A community of the shop's items. */
export interface Community {
  /** The same from one cut to the next, as long as it lives. */
  readonly id: number;
  /** The large community that it is in; 0 for a large one. */
  readonly parent: number;
  readonly items: number;
  /** Decayed clicks on its items. */
  readonly clicks: number;
  /** Its most clicked items, indices, first the most clicked. */
  readonly leading: readonly number[];
}

/** All items of the shop in communities, on two levels, as of one moment. */
export interface CommunityTree extends Membership {
  /** Of the cut into large communities, −0.5 to 1. */
  readonly modularity: number;
  /** Large ones first; within a level those of the most clicks. */
  readonly communities: readonly Community[];
  /** Where clicks go from one large community to another, the greatest first. */
  readonly flows: readonly Flow[];
}

export interface CutTask extends ShopGraphs {
  /** Items, the first of all indices. */
  readonly count: number;
  readonly nowMs: number;
  readonly before: Membership;
}

export const NO_MEMBERSHIP: Membership = {
  nextId: 1,
  large: new Int32Array(0),
  small: new Int32Array(0),
};

/** Cuts the shop's items into communities, which keep the ids of `before` where most of their items are the same. */
export function communityTree(task: CutTask): CommunityTree {
  const { count, before, nowMs } = task;
  const links = itemLinks(task, count, nowMs);
  const { large, small } = bothLevels(links, before);
  const placed = placeUnlinked(links, small, large, task.vectors);
  const kept = keptIds([placed.large, placed.small], before);
  const clicks = clicksOf(task, count);
  return {
    ...kept,
    modularity: modularityOf(links, large),
    communities: [...described(kept.large, undefined, clicks), ...described(kept.small, kept.large, clicks)],
    flows: communityFlows(task, kept.large, nowMs),
  };
}

/** Both levels begin with the communities of before, so that they stay what they were, unless a cut from scratch is much better. */
function bothLevels(links: WeightedLinks, before: Membership): { large: Cut; small: Cut } {
  const fresh = louvain(links);
  const warm =
    before.large.length === 0 ? fresh : louvain(links, { begin: asCut(before.large, links.count) });
  if (warm === fresh || modularityOf(links, fresh) > modularityOf(links, warm) + BETTER_MIN)
    return { large: fresh, small: louvain(links, { groups: fresh }) };
  const begin = asCut(before.small, links.count);
  return { large: warm, small: louvain(links, { groups: warm, begin }) };
}

/** Items without a community, new ones among them, each by itself. */
function asCut(ids: Int32Array, count: number): Cut {
  const numbers = new Map<number, number>();
  let labels = 0;
  const label = Int32Array.from({ length: count }, (_, item) => {
    const id = ids[item] ?? 0;
    if (id === 0) return labels++;
    const known = numbers.get(id) ?? labels++;
    numbers.set(id, known);
    return known;
  });
  return { label, labels };
}

interface Labels {
  readonly large: Int32Array;
  readonly small: Int32Array;
}

/** Both levels, −1 for an item that is in none: items without links are where the nearest vectors are. */
function placeUnlinked(links: WeightedLinks, small: Cut, large: Cut, vectors: SharedVectors): Labels {
  const parent = new Int32Array(small.labels);
  for (let item = 0; item < links.count; item++) parent[small.label[item]] = large.label[item];
  const linked = small.label.map((label, item) => (links.start[item + 1] > links.start[item] ? label : -1));
  const placed = largest(linked);
  placeByVector(placed, vectors);
  // An item of a community too small to be one is still in the large one around it.
  const largeOf = placed.map((label, item) => {
    if (label >= 0) return parent[label];
    return linked[item] < 0 ? -1 : parent[linked[item]];
  });
  return { small: placed, large: largest(largeOf) };
}

/** −1 in the place of labels that too few items have, or more than there may be have. */
function largest(label: Int32Array): Int32Array {
  const sizes = new Map<number, number>();
  for (const c of label) if (c >= 0) sizes.set(c, (sizes.get(c) ?? 0) + 1);
  const kept = [...sizes]
    .filter(([, items]) => items >= COMMUNITY_ITEMS_MIN)
    .sort(([a, x], [b, y]) => y - x || a - b)
    .slice(0, COMMUNITIES_MAX);
  const isKept = new Set(kept.map(([c]) => c));
  return label.map((c) => (isKept.has(c) ? c : -1));
}

function described(ids: Int32Array, parents: Int32Array | undefined, clicks: Float32Array): Community[] {
  const members = new Map<number, number[]>();
  for (let item = 0; item < ids.length; item++) {
    if (ids[item] === 0) continue;
    const known = members.get(ids[item]);
    if (known === undefined) members.set(ids[item], [item]);
    else known.push(item);
  }
  return [...members]
    .map(([id, items]) => ({
      id,
      parent: parents === undefined ? 0 : parents[items[0]],
      items: items.length,
      clicks: items.reduce((sum, item) => sum + clicks[item], 0),
      leading: items.sort((a, b) => clicks[b] - clicks[a] || a - b).slice(0, LEADING_MAX),
    }))
    .sort((a, b) => b.clicks - a.clicks || a.id - b.id);
}
