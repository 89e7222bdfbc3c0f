import type { ScoreBatch, ScorerShape } from '../../model/scorer.js';
import { gapBucket, RELATION } from '../../model/scorer.js';
import { findEdge } from '../graph/edges.js';
import type { InterestGraph } from '../graph/interest-graph.js';
import { NODE, type InterestSlabs } from '../graph/interest-slabs.js';

/** The clicked node as it was before the click, kept aside because the click overwrites it. */
export interface ClickedBefore {
  /** True when the item had been clicked earlier in the session, so that it has an earlier state. */
  hasState: boolean;
  atMs: number;
  kind: number;
}

/** The fields of a batch that a neighbourhood fills. */
export type NeighbourhoodRows = Pick<ScoreBatch, 'nodes' | 'states' | 'relation' | 'gap' | 'kind' | 'age'>;

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
 * Gathers the neighbourhood of a click from a user's graph into row `user` of a batch, as the network was trained: row 0
 * the clicked node, row 1 its own earlier state, then the other items of the session by recency of their last click, then
 * the category, brand and term of the click. Remembers which node each row is, so that attention can be read back.
 */
export class NeighbourhoodGatherer {
  readonly #graph: InterestGraph;
  readonly #slabs: InterestSlabs;
  readonly #vectors: Float32Array;
  readonly #columns: ItemColumns;
  readonly #shape: ScorerShape;
  /** Node of each row, −1 for padding; valid for the user gathered last. */
  readonly #byRecency: Int32Array;

  constructor(graph: InterestGraph, vectors: Float32Array, columns: ItemColumns, shape: ScorerShape) {
    this.#columns = columns;
    this.#graph = graph;
    this.#slabs = graph.slabs;
    this.#vectors = vectors;
    this.#shape = shape;
    this.#byRecency = new Int32Array(graph.slabs.bounds.nodes);
  }

  /** `items` [N] receives the item index of each row, −1 for rows that are no item. */
  gather(
    batch: NeighbourhoodRows,
    user: number,
    slot: number,
    node: number,
    before: ClickedBefore,
    items: Int32Array,
  ): void {
    const slabs = this.#slabs;
    const { neighbours, width } = this.#shape;
    const first = user * neighbours;
    batch.relation.fill(RELATION.none, first, first + neighbours);
    batch.gap.fill(0, first, first + neighbours);
    batch.kind.fill(0, first, first + neighbours);
    batch.age.fill(0, first, first + neighbours);
    batch.nodes.fill(0, first * width, (first + neighbours) * width);
    batch.states.fill(0, first * width, (first + neighbours) * width);
    items.fill(-1);
    const clicked = slot * slabs.bounds.nodes + node;
    const nowMs = slabs.nodeAt[clicked];
    const item = slabs.nodeKey[clicked];
    this.#put(batch, first, item, -1, RELATION.self, 0, slabs.nodeEvent[clicked], 0);
    items[0] = item;
    if (before.hasState) {
      this.#put(
        batch,
        first + 1,
        item,
        clicked,
        RELATION.earlier,
        gapBucket(nowMs - before.atMs),
        before.kind,
        0,
      );
    }
    const rows = this.#putItems(batch, first, slot, node, nowMs, items);
    if (neighbours >= ITEM_ROWS_FIRST + CONTEXT_ROWS) {
      this.#putContext(batch, first + neighbours - 3, this.#columns.category, RELATION.category, rows, items);
      this.#putContext(batch, first + neighbours - 2, this.#columns.brand, RELATION.brand, rows, items);
      this.#putTerm(batch, first + neighbours - 1, slot);
    }
  }

  /** Row of an item: its vector, and the state of its node (the vector again where there is none). */
  #put(
    batch: NeighbourhoodRows,
    row: number,
    item: number,
    stateOf: number,
    relation: number,
    gap: number,
    kind: number,
    age: number,
  ): void {
    const { width } = this.#shape;
    batch.relation[row] = relation;
    batch.gap[row] = gap;
    batch.kind[row] = kind;
    batch.age[row] = age;
    const to = row * width;
    const vector = item * width;
    const state = stateOf * width;
    const { nodeState } = this.#slabs;
    for (let d = 0; d < width; d++) {
      const x = this.#vectors[vector + d];
      batch.nodes[to + d] = x;
      batch.states[to + d] = stateOf < 0 ? x : nodeState[state + d];
    }
  }

  /** The other items of the session, most recent first; returns how many rows are used in all. */
  #putItems(
    batch: NeighbourhoodRows,
    first: number,
    slot: number,
    node: number,
    nowMs: number,
    items: Int32Array,
  ): number {
    const slabs = this.#slabs;
    const base = slot * slabs.bounds.nodes;
    const count = this.#sortByRecency(slot, node);
    const end = this.#shape.neighbours - CONTEXT_ROWS;
    const predecessor = this.#graph.predecessor(slot);
    let row = ITEM_ROWS_FIRST;
    for (let i = 0; i < count && row < end; i++, row++) {
      const other = this.#byRecency[i];
      const at = base + other;
      const relation =
        other === predecessor
          ? RELATION.predecessor
          : findEdge(slabs, slot, node, other) >= 0
            ? RELATION.successor
            : RELATION.other;
      items[row] = slabs.nodeKey[at];
      this.#put(
        batch,
        first + row,
        slabs.nodeKey[at],
        at,
        relation,
        gapBucket(nowMs - slabs.nodeAt[at]),
        slabs.nodeEvent[at],
        i + 1,
      );
    }
    return row;
  }

  #sortByRecency(slot: number, except: number): number {
    const slabs = this.#slabs;
    const base = slot * slabs.bounds.nodes;
    const order = slabs.nodeOrder;
    let count = 0;
    for (let node = 0; node < slabs.nodeCount[slot]; node++) {
      const at = base + node;
      if (node === except || slabs.nodeKind[at] !== NODE.item) continue;
      if (order[at] < slabs.sessionOrder[slot] || order[at] === 0) continue;
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
    batch: NeighbourhoodRows,
    row: number,
    codes: Int32Array,
    relation: number,
    rows: number,
    items: Int32Array,
  ): void {
    const key = codes[items[0]];
    if (key < 0) return;
    const { width } = this.#shape;
    const to = row * width;
    let members = 0;
    for (let r = ITEM_ROWS_FIRST; r < rows; r++) {
      if (codes[items[r]] !== key) continue;
      members++;
      for (let d = 0; d < width; d++) batch.nodes[to + d] += this.#vectors[items[r] * width + d];
    }
    if (members > 0) this.#finishContext(batch, row, relation);
  }

  #putTerm(batch: NeighbourhoodRows, row: number, slot: number): void {
    const slabs = this.#slabs;
    const { width } = this.#shape;
    const term = this.#graph.latestTerm(slot);
    if (term < 0) return;
    const at = slot * slabs.bounds.nodes + term;
    for (let d = 0; d < width; d++) batch.nodes[row * width + d] = slabs.nodeState[at * width + d];
    this.#finishContext(batch, row, RELATION.term);
  }

  /** Scales the row to length 1; a row of zeros stays padding. Gap and kind stay unknown: the click itself touched the node. */
  #finishContext(batch: NeighbourhoodRows, row: number, relation: number): void {
    const { width } = this.#shape;
    const from = row * width;
    let square = 0;
    for (let d = from; d < from + width; d++) square += batch.nodes[d] * batch.nodes[d];
    if (square < 1e-12) return;
    const scale = 1 / Math.sqrt(square);
    for (let d = from; d < from + width; d++) {
      batch.nodes[d] *= scale;
      batch.states[d] = batch.nodes[d];
    }
    batch.relation[row] = relation;
  }
}
