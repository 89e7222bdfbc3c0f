import { decay } from '../graph/decay.js';
import { viewInteractions } from '../graph/interactions/interaction-buffers.js';
import type { ShopGraphs } from './item-links.js';

/** Flows that are told, at most. */
const FLOWS_MAX = 256;

/** How often a click in one community was followed by one in another. */
export interface Flow {
  readonly from: number;
  readonly to: number;
  /** Decayed clicks. */
  readonly clicks: number;
  /** Clicks, in parts of what there would be if all that leaves a community went where others go. */
  readonly lift: number;
}

/** Flows between communities, the greatest first. @param community Int32 [items]: id of the community, 0 for none */
export function communityFlows(graphs: ShopGraphs, community: Int32Array, nowMs: number): Flow[] {
  const counts = countFlows(graphs, community, nowMs);
  const out = new Map<number, number>();
  const into = new Map<number, number>();
  let total = 0;
  for (const { from, to, clicks } of counts) {
    out.set(from, (out.get(from) ?? 0) + clicks);
    into.set(to, (into.get(to) ?? 0) + clicks);
    total += clicks;
  }
  return counts
    .sort((a, b) => b.clicks - a.clicks || a.from - b.from || a.to - b.to)
    .slice(0, FLOWS_MAX)
    .map((flow) => {
      const expected = ((out.get(flow.from) ?? 0) * (into.get(flow.to) ?? 0)) / total;
      return { ...flow, lift: flow.clicks / expected };
    });
}

function countFlows(
  { interactions, transitionHalfLifeMs }: ShopGraphs,
  community: Int32Array,
  nowMs: number,
) {
  const { rowAt, rowCount, other, next } = viewInteractions(interactions);
  const { neighbours } = interactions.bounds;
  const found = new Map<number, Map<number, number>>();
  for (let item = 0; item < community.length; item++) {
    const from = community[item];
    if (from === 0) continue;
    const left = decay(Math.max(0, nowMs - rowAt[item]), transitionHalfLifeMs);
    const row = found.get(from) ?? new Map<number, number>();
    found.set(from, row);
    for (let i = item * neighbours; i < item * neighbours + rowCount[item]; i++) {
      const to = community[other[i]] ?? 0;
      if (next[i] > 0 && to !== 0 && to !== from) row.set(to, (row.get(to) ?? 0) + next[i] * left);
    }
  }
  return [...found].flatMap(([from, row]) => [...row].map(([to, clicks]) => ({ from, to, clicks })));
}
