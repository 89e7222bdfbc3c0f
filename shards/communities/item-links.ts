import { RECORD, viewItemRecords } from '../../model/catalogue/shared-catalogue.js';
import { VectorView, type SharedVectors } from '../../model/kernel/shared-vectors.js';
import { decay } from '../graph/decay.js';
import { viewInteractions, type SharedInteractions } from '../graph/interactions/interaction-buffers.js';
import { degreesOf, LinkRows, type WeightedLinks } from './weighted-links.js';

/** Nearest items by vector that an item is linked to, and what those links weigh together, in parts of the mean degree by clicks. */
const SIMILAR_MAX = 8;
export const SIMILAR_SHARE = 0.5;

/** What the shop's items are linked by; all of it is shared memory that others go on writing. */
export interface ShopGraphs {
  readonly interactions: SharedInteractions;
  readonly vectors: SharedVectors;
  readonly transitionHalfLifeMs: number;
}

/**
 * The graph of all items: linked by how often they are clicked together, decayed to `nowMs`, and by likeness of their vectors, which is
 * all that an item has that few clicked.
 * @param count items, the first of all indices
 */
export function itemLinks(
  graphs: ShopGraphs,
  count: number,
  nowMs: number,
  share = SIMILAR_SHARE,
): WeightedLinks {
  const clicked = linksOf(count, (take) => eachTogether(graphs, count, nowMs, take));
  if (share === 0 || graphs.vectors.similarCount === 0) return clicked;
  const mean = meanDegree(clicked) * share;
  return linksOf(count, (take) => {
    eachTogether(graphs, count, nowMs, take);
    eachSimilar(graphs.vectors, count, (a, b, weight) => take(a, b, weight * mean));
  });
}

type TakeLink = (a: number, b: number, weight: number) => void;

function linksOf(count: number, each: (take: TakeLink) => void): WeightedLinks {
  const rows = new LinkRows(count);
  each((a, b) => rows.count(a, b));
  each((a, b, weight) => rows.put(a, b, weight));
  return rows.links();
}

function eachTogether(
  { interactions, transitionHalfLifeMs }: ShopGraphs,
  count: number,
  nowMs: number,
  take: TakeLink,
) {
  const { rowAt, rowCount, other, together } = viewInteractions(interactions);
  const { neighbours } = interactions.bounds;
  for (let item = 0; item < count; item++) {
    const end = item * neighbours + rowCount[item];
    const left = decay(Math.max(0, nowMs - rowAt[item]), transitionHalfLifeMs);
    for (let i = item * neighbours; i < end; i++)
      if (together[i] > 0 && other[i] < count && other[i] !== item) take(item, other[i], together[i] * left);
  }
}

function eachSimilar(shared: SharedVectors, count: number, take: TakeLink): void {
  const { similar, similarCount } = new VectorView(shared);
  const near = Math.min(similarCount, SIMILAR_MAX);
  for (let item = 0; item < count; item++)
    for (let i = 0; i < near; i++) {
      const other = similar[item * similarCount + i] - 1;
      if (other >= 0 && other < count && other !== item) take(item, other, 1 / near);
    }
}

/** Mean degree of the items that have any. */
function meanDegree(links: WeightedLinks): number {
  const degrees = degreesOf(links);
  let sum = 0;
  let linked = 0;
  for (const degree of degrees) {
    sum += degree;
    if (degree > 0) linked++;
  }
  return linked === 0 ? 1 : sum / linked;
}

/** Float32 [count]: how often each item was clicked, decayed, as of its last click. */
export function clicksOf({ interactions }: ShopGraphs, count: number): Float32Array {
  const { float32 } = viewItemRecords(interactions.records);
  return Float32Array.from({ length: count }, (_, item) => float32[item * RECORD.words + RECORD.popular]);
}
