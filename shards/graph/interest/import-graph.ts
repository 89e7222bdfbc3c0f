import { EVENT_KIND } from '../../../model/scorer/event-kinds.js';
import { decay } from '../decay.js';
import { effectOf } from './event-effects.js';
import type { InterestGraph } from './interest-graph.js';
import { openSession } from './session-clicks.js';

/** An item that somebody's graph held elsewhere, as the item of this catalogue that stands for it. */
export interface ImportedNode {
  /** Index in the catalogue. */
  readonly item: number;
  /** As of now, above 0. */
  readonly weight: number;
  /** Epoch ms when it was touched last. */
  readonly lastMs: number;
}

/** A graph from elsewhere, on its way to a user's. */
export interface ImportedGraph {
  /** A text that nobody guesses, of the user and what is imported. */
  readonly source: string;
  readonly nodes: readonly ImportedNode[];
}

/** Item columns that are read: Int32 [items], −1 for none; borrowed. */
interface ItemCodes {
  readonly category: Int32Array;
  readonly brand: Int32Array;
}

/** Earlier touches count as of then: what is left of a weight after thirteen half-lives says nothing of what it was. */
const TOUCHED_AGO_MAX_MS = 180 * 86_400_000;

/**
 * Makes the empty graph in `row` that of one session in which the items were viewed in the order of their last touches, each with the
 * weight that it has now: with their categories and brands, and states that begin from the items' vectors.
 */
export function writeImported(
  graph: InterestGraph,
  row: number,
  nodes: readonly ImportedNode[],
  { category, brand, nowMs }: ItemCodes & { readonly nowMs: number },
): void {
  const kind = EVENT_KIND.view_item;
  openSession(graph.slabs, row);
  for (const { item, weight, lastMs } of [...nodes].sort((a, b) => a.lastMs - b.lastMs)) {
    const atMs = Math.min(nowMs, Math.max(lastMs, nowMs - TOUCHED_AGO_MAX_MS));
    const touch = { item, category: category[item], brand: brand[item], kind, atMs };
    const then = weight / decay(nowMs - atMs, graph.nodeHalfLifeMs);
    graph.touch(row, touch, { ...effectOf(kind, 0), weight: then, marks: 0 });
  }
  graph.resetStates(row);
}
