import {
  ageOfOther,
  contextRow,
  EARLIER_ROW,
  hasContextRows,
  OTHERS_FIRST_ROW,
  othersMax,
  relationOfOther,
} from '../../model/scorer/interest-rules.js';
import { gapBucket, RELATION, type ScorerShape } from '../../model/scorer/step-shape.js';
import { piecesOf, type Pieces, type RowCodes, type StepRows } from '../../model/scorer/step-rows.js';
import { findEdge } from '../graph/interest/edges.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { NODE, type InterestSlabs } from '../graph/interest/interest-slabs.js';
import { isClickedInSession } from '../graph/interest/session-clicks.js';

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

/** A user whose click a step sees. Reused. */
export interface SteppedUser {
  row: number;
  /** Node that gets a new state. */
  node: number;
  /** Int32 [N]: item index of each row of the neighbourhood, −1 for rows that are no item. */
  readonly neighbourItems: Int32Array;
}

/** A user to be filled in by the gatherer, for a model that sees `neighbours` rows. */
export function createSteppedUser(neighbours: number): SteppedUser {
  return { row: -1, node: -1, neighbourItems: new Int32Array(neighbours) };
}

/**
 * Gathers the neighbourhood of a click from a user's graph for a run of the step, by the rules that the network was trained
 * with (`interest-rules.ts`). One per shard; `codes` and `byRecency` are scratch.
 */
export class NeighbourhoodGatherer {
  readonly graph: InterestGraph;
  readonly columns: ItemColumns;
  readonly shape: ScorerShape;
  readonly #slabs: InterestSlabs;
  readonly #vectors: Float32Array;
  /** Vectors and slow interests, for copying. */
  readonly #vectorPieces: Pieces;
  readonly #slowPieces: Pieces;
  /** The session's items, the one clicked last first. */
  readonly #byRecency: Int32Array;
  readonly #codes: RowCodes = { relation: 0, gap: 0, kind: 0, age: 0 };

  constructor(graph: InterestGraph, vectors: Float32Array, columns: ItemColumns, shape: ScorerShape) {
    this.columns = columns;
    this.graph = graph;
    this.shape = shape;
    this.#slabs = graph.slabs;
    this.#vectors = vectors;
    this.#vectorPieces = piecesOf(vectors, shape.width);
    this.#slowPieces = piecesOf(graph.slabs.slow, shape.width);
    this.#byRecency = new Int32Array(graph.slabs.bounds.nodes);
  }

  /** Fills user `user` of `to`, slow interest included, and the `neighbourItems` of `stepped`. */
  gather(to: StepRows, user: number, stepped: SteppedUser, before: ClickedBefore): void {
    const slabs = this.#slabs;
    const { neighbours } = this.shape;
    const { row, node, neighbourItems: items } = stepped;
    to.clear(user);
    to.put(to.slow(user), this.#slowPieces, slabs.slowStart[row]);
    items.fill(-1);
    const clicked = slabs.nodeStart[row] + node;
    items[0] = slabs.nodeKey[clicked];
    to.put(to.node(user, 0), this.#vectorPieces, items[0]);
    const codes = this.#codes;
    codes.relation = RELATION.self;
    codes.gap = 0;
    codes.kind = slabs.nodeEvent[clicked];
    codes.age = 0;
    to.setCodes(user, 0, codes);
    if (before.hasState) {
      to.put(to.node(user, EARLIER_ROW), this.#vectorPieces, items[0]);
      slabs.nodeState.read(clicked, to.rows, to.state(user, EARLIER_ROW));
      codes.relation = RELATION.earlier;
      codes.gap = gapBucket(slabs.nodeAt[clicked] - before.atMs);
      codes.kind = before.kind;
      to.setCodes(user, EARLIER_ROW, codes);
    }
    this.#putItems(to, user, stepped);
    if (!hasContextRows(neighbours)) return;
    this.#putContext(to, user, RELATION.category, items);
    this.#putContext(to, user, RELATION.brand, items);
    this.#putTerm(to, user, row);
  }

  /** The other items of the session, the one clicked last first. */
  #putItems(to: StepRows, user: number, { row, node, neighbourItems }: SteppedUser): void {
    const slabs = this.#slabs;
    const base = slabs.nodeStart[row];
    const nowMs = slabs.nodeAt[base + node];
    const count = Math.min(this.#sortByRecency(row, node), othersMax(this.shape.neighbours));
    const predecessor = this.graph.predecessor(row);
    const codes = this.#codes;
    for (let i = 0; i < count; i++) {
      const other = this.#byRecency[i];
      const at = base + other;
      const isPredecessor = other === predecessor;
      const isSuccessor = !isPredecessor && findEdge(slabs, row, node, other) >= 0;
      codes.relation = relationOfOther(isPredecessor, isSuccessor);
      codes.gap = gapBucket(nowMs - slabs.nodeAt[at]);
      codes.kind = slabs.nodeEvent[at];
      codes.age = ageOfOther(i);
      const into = OTHERS_FIRST_ROW + i;
      neighbourItems[into] = slabs.nodeKey[at];
      to.put(to.node(user, into), this.#vectorPieces, slabs.nodeKey[at]);
      slabs.nodeState.read(at, to.rows, to.state(user, into));
      to.setCodes(user, into, codes);
    }
  }

  #sortByRecency(row: number, except: number): number {
    const slabs = this.#slabs;
    const base = slabs.nodeStart[row];
    const order = slabs.nodeOrder;
    let count = 0;
    for (let node = 0; node < slabs.nodeCount[row]; node++) {
      const at = base + node;
      if (node === except || slabs.nodeKind[at] !== NODE.item || !isClickedInSession(slabs, row, at))
        continue;
      let to = count++;
      for (; to > 0 && order[base + this.#byRecency[to - 1]] < order[at]; to--)
        this.#byRecency[to] = this.#byRecency[to - 1];
      this.#byRecency[to] = node;
    }
    return count;
  }

  /**
   * The category or brand of the click, by `relation`: unit mean of the session's other items in it; padding where the
   * session has none, as in training.
   */
  #putContext(to: StepRows, user: number, relation: number, items: Int32Array): void {
    const code = relation === RELATION.category ? this.columns.category : this.columns.brand;
    const key = code[items[0]];
    if (key < 0) return;
    const { width, neighbours } = this.shape;
    const at = to.node(user, contextRow(neighbours, relation));
    const end = OTHERS_FIRST_ROW + othersMax(neighbours);
    let members = 0;
    for (let r = OTHERS_FIRST_ROW; r < end && items[r] >= 0; r++) {
      if (code[items[r]] !== key) continue;
      members++;
      for (let d = 0; d < width; d++) to.rows[at + d] += this.#vectors[items[r] * width + d];
    }
    if (members > 0) this.#finishContext(to, user, relation);
  }

  #putTerm(to: StepRows, user: number, userRow: number): void {
    const slabs = this.#slabs;
    const { neighbours } = this.shape;
    const term = this.graph.latestTerm(userRow);
    if (term < 0) return;
    const at = to.node(user, contextRow(neighbours, RELATION.term));
    slabs.nodeState.read(slabs.nodeStart[userRow] + term, to.rows, at);
    this.#finishContext(to, user, RELATION.term);
  }

  /** Scales the row to length 1; a row of zeros stays padding. Gap and kind stay unknown: the click itself touched the node. */
  #finishContext(to: StepRows, user: number, relation: number): void {
    const { width, neighbours } = this.shape;
    const { rows } = to;
    const row = contextRow(neighbours, relation);
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
    const codes = this.#codes;
    codes.relation = relation;
    codes.gap = codes.kind = codes.age = 0;
    to.setCodes(user, row, codes);
  }
}
