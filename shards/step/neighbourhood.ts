import { gapBucket, RELATION, type ScorerShape } from '../../model/scorer/scorer.js';
import type { StepRows } from '../../model/scorer/step-rows.js';
import { findEdge } from '../graph/interest/edges.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { NODE, type InterestSlabs } from '../graph/interest/interest-slabs.js';

/** The clicked node as it was before the click, kept aside because the click overwrites it. */
export interface ClickedBefore {
  /** True when the item had been clicked earlier in the session, so that it has an earlier state. */
  hasState: boolean;
  atMs: number;
  kind: number;
}

/** Columns of the catalogue that ranking reads, by item index; borrowed. Codes are −1 and prices NaN where an item has none. */
export interface ItemColumns {
  readonly category: Int32Array;
  readonly brand: Int32Array;
  readonly price: Float64Array;
}

/** Rows kept for the context nodes of the click: its category, its brand, the latest search term. */
export const CONTEXT_ROWS = 3;
export const ITEM_ROWS_FIRST = 2;

/**
 * Gathers the neighbourhood of a click from a user's graph for a run of the step, as the network was trained: row 0
 * the clicked node, row 1 its own earlier state, then the other items of the session by recency of their last click, then
 * the category, brand and term of the click.
 */
export class NeighbourhoodGatherer {
  readonly #graph: InterestGraph;
  readonly #slabs: InterestSlabs;
  readonly #vectors: Float32Array;
  readonly #columns: ItemColumns;
  readonly #shape: ScorerShape;
  /** Scratch: the session's items, the one clicked last first. */
  readonly #byRecency: Int32Array;

  constructor(graph: InterestGraph, vectors: Float32Array, columns: ItemColumns, shape: ScorerShape) {
    this.#columns = columns;
    this.#graph = graph;
    this.#slabs = graph.slabs;
    this.#vectors = vectors;
    this.#shape = shape;
    this.#byRecency = new Int32Array(graph.slabs.bounds.nodes);
  }

  /** Fills user `user` of `to`, slow interest included. `items` [N] receives the item index of each row, −1 for rows that are no item. */
  gather(
    to: StepRows,
    user: number,
    row: number,
    node: number,
    before: ClickedBefore,
    items: Int32Array,
  ): void {
    const slabs = this.#slabs;
    const { neighbours } = this.#shape;
    to.clear(user);
    this.#putSlow(to, user, row);
    items.fill(-1);
    const clicked = row * slabs.bounds.nodes + node;
    const nowMs = slabs.nodeAt[clicked];
    items[0] = slabs.nodeKey[clicked];
    this.#putVector(to, user, 0, items[0]);
    to.setCodes(user, 0, RELATION.self, 0, slabs.nodeEvent[clicked], 0);
    if (before.hasState) {
      this.#putVector(to, user, 1, items[0]);
      this.#putState(to, user, 1, clicked);
      to.setCodes(user, 1, RELATION.earlier, gapBucket(nowMs - before.atMs), before.kind, 0);
    }
    const rows = this.#putItems(to, user, row, node, nowMs, items);
    if (neighbours >= ITEM_ROWS_FIRST + CONTEXT_ROWS) {
      const first = neighbours - CONTEXT_ROWS;
      this.#putContext(to, user, first, this.#columns.category, RELATION.category, rows, items);
      this.#putContext(to, user, first + 1, this.#columns.brand, RELATION.brand, rows, items);
      this.#putTerm(to, user, first + 2, row);
    }
  }

  #putSlow(to: StepRows, user: number, row: number): void {
    const { width } = this.#shape;
    const at = to.slow(user);
    const { slow } = this.#slabs;
    for (let d = 0; d < width; d++) to.rows[at + d] = slow[row * width + d];
  }

  #putVector(to: StepRows, user: number, row: number, item: number): void {
    const { width } = this.#shape;
    const at = to.node(user, row);
    const vector = item * width;
    for (let d = 0; d < width; d++) to.rows[at + d] = this.#vectors[vector + d];
  }

  #putState(to: StepRows, user: number, row: number, node: number): void {
    const { width } = this.#shape;
    const at = to.state(user, row);
    const state = node * width;
    const { nodeState } = this.#slabs;
    for (let d = 0; d < width; d++) to.rows[at + d] = nodeState[state + d];
  }

  /** The other items of the session, most recent first; returns how many rows are used in all. */
  #putItems(
    to: StepRows,
    user: number,
    userRow: number,
    node: number,
    nowMs: number,
    items: Int32Array,
  ): number {
    const slabs = this.#slabs;
    const base = userRow * slabs.bounds.nodes;
    const count = this.#sortByRecency(userRow, node);
    const end = this.#shape.neighbours - CONTEXT_ROWS;
    const predecessor = this.#graph.predecessor(userRow);
    let row = ITEM_ROWS_FIRST;
    for (let i = 0; i < count && row < end; i++, row++) {
      const other = this.#byRecency[i];
      const at = base + other;
      const relation =
        other === predecessor
          ? RELATION.predecessor
          : findEdge(slabs, userRow, node, other) >= 0
            ? RELATION.successor
            : RELATION.other;
      items[row] = slabs.nodeKey[at];
      this.#putVector(to, user, row, items[row]);
      this.#putState(to, user, row, at);
      to.setCodes(user, row, relation, gapBucket(nowMs - slabs.nodeAt[at]), slabs.nodeEvent[at], i + 1);
    }
    return row;
  }

  #sortByRecency(row: number, except: number): number {
    const slabs = this.#slabs;
    const base = row * slabs.bounds.nodes;
    const order = slabs.nodeOrder;
    let count = 0;
    for (let node = 0; node < slabs.nodeCount[row]; node++) {
      const at = base + node;
      if (node === except || slabs.nodeKind[at] !== NODE.item) continue;
      if (order[at] < slabs.sessionOrder[row] || order[at] === 0) continue;
      let to = count++;
      for (; to > 0 && order[base + this.#byRecency[to - 1]] < order[at]; to--)
        this.#byRecency[to] = this.#byRecency[to - 1];
      this.#byRecency[to] = node;
    }
    return count;
  }

  /**
   * The category or brand of the click: unit mean of the session's other items in it; padding where the session has none,
   * as in training.
   */
  #putContext(
    to: StepRows,
    user: number,
    row: number,
    codes: Int32Array,
    relation: number,
    rows: number,
    items: Int32Array,
  ): void {
    const key = codes[items[0]];
    if (key < 0) return;
    const { width } = this.#shape;
    const at = to.node(user, row);
    let members = 0;
    for (let r = ITEM_ROWS_FIRST; r < rows; r++) {
      if (codes[items[r]] !== key) continue;
      members++;
      for (let d = 0; d < width; d++) to.rows[at + d] += this.#vectors[items[r] * width + d];
    }
    if (members > 0) this.#finishContext(to, user, row, relation);
  }

  #putTerm(to: StepRows, user: number, row: number, userRow: number): void {
    const slabs = this.#slabs;
    const { width } = this.#shape;
    const term = this.#graph.latestTerm(userRow);
    if (term < 0) return;
    const from = (userRow * slabs.bounds.nodes + term) * width;
    const at = to.node(user, row);
    for (let d = 0; d < width; d++) to.rows[at + d] = slabs.nodeState[from + d];
    this.#finishContext(to, user, row, RELATION.term);
  }

  /** Scales the row to length 1; a row of zeros stays padding. Gap and kind stay unknown: the click itself touched the node. */
  #finishContext(to: StepRows, user: number, row: number, relation: number): void {
    const { width } = this.#shape;
    const { rows } = to;
    const from = to.node(user, row);
    let square = 0;
    for (let d = from; d < from + width; d++) square += rows[d] * rows[d];
    if (square < 1e-12) return;
    const scale = 1 / Math.sqrt(square);
    const state = to.state(user, row);
    for (let d = 0; d < width; d++) {
      rows[from + d] *= scale;
      rows[state + d] = rows[from + d];
    }
    to.setCodes(user, row, relation, 0, 0, 0);
  }
}
