import { addClickEdges } from './click-edges.js';
import { findEdge } from './edges.js';
import { type EventEffect } from './event-effects.js';
import { Folding } from './folding.js';
import { NODE, type InterestSlabs } from './interest-slabs.js';
import { NodeStates } from './node-states.js';
import { appendNode, findNode, weightOf } from './nodes.js';
import { PinnedNodes } from './pinned-nodes.js';
import { markSeen } from './seen-items.js';
import { addClick, lastClickedItem, latestTermNode, openSession, predecessorNode } from './session-clicks.js';
import { beginInterests } from './begin-interests.js';
import { endSlowInterest } from './slow-interest.js';
import { TermTexts } from './term-texts.js';
import type { TouchedItem } from './touched-item.js';
import { addRow } from './vectors.js';

export type { TouchedItem } from './touched-item.js';

/** Time constants of the graph. */
export interface InterestTimes {
  readonly nodeHalfLifeMs: number;
  readonly edgeHalfLifeMs: number;
  /** A click after a longer pause opens a new session. */
  readonly sessionGapMs: number;
  /** Half-life of the slow interest in the gap between two sessions. */
  readonly slowHalfLifeMs: number;
}

/** Parts of an event's weight that reach the item's category and brand. */
const CATEGORY_SHARE = 0.5;
const BRAND_SHARE = 0.3;
/** Weight of a search term, as of a view. */
const TERM_WEIGHT = 1;
/** Rate α of `e_ij ← e_ij + α Δh_i·Δh_j`. */
const TOGETHER_RATE = 0.1;

/**
 * The rules by which an event changes a user's graph. Pure over the slabs: no clock, no disk; one instance serves all users
 * of a shard. A node's number is stable until the next `touch`, `search` or `addWeight` of the same user.
 */
export class InterestGraph {
  readonly slabs: InterestSlabs;
  readonly #times: InterestTimes;
  /** Float32 [items, D], unit length; borrowed. */
  readonly #vectors: Float32Array;
  readonly #states: NodeStates;
  readonly #terms = new TermTexts();
  readonly #pinned = new PinnedNodes();
  readonly #folding: Folding;
  /** Nodes folded; whoever reports it sets it back. */
  foldCount = 0;

  /** `vectors`: Float32 [items, D], unit length; `category`: Int32 [items], −1 for none; both borrowed. */
  constructor(slabs: InterestSlabs, times: InterestTimes, vectors: Float32Array, category: Int32Array) {
    this.slabs = slabs;
    this.#times = times;
    this.#vectors = vectors;
    this.#states = new NodeStates(slabs, vectors);
    this.#folding = new Folding(slabs, this.#terms, this.#pinned, category, times.nodeHalfLifeMs);
  }

  /** Number of the node, −1 when the user has none such. */
  find(row: number, kind: number, key: number): number {
    return findNode(this.slabs, row, kind, key);
  }

  /** Weight of a node now, decayed. */
  weight(row: number, node: number, nowMs: number): number {
    return weightOf(this.slabs, row, node, nowMs, this.#times.nodeHalfLifeMs);
  }

  /** Text of a term's node; empty for any other. */
  term(row: number, node: number): string {
    return this.#terms.at(row * this.slabs.bounds.nodes + node);
  }

  setTerm(row: number, node: number, text: string): void {
    this.#terms.set(row * this.slabs.bounds.nodes + node, text);
  }

  /** Makes `row` empty. */
  clear(row: number): void {
    const { nodes } = this.slabs.bounds;
    this.#terms.deleteRange(row * nodes, nodes);
    this.slabs.clear(row);
  }

  /**
   * Everything in vector space begins again from the items' vectors, for a state that another model made: an item's state as
   * its vector, other nodes as zeros, the interest as the direction of the session's clicks, the slow interest as that of the
   * items of earlier sessions by weight.
   */
  resetStates(row: number): void {
    const start = row * this.slabs.bounds.nodes;
    for (let node = 0; node < this.slabs.nodeCount[row]; node++) this.#states.begin(start + node);
    beginInterests(this.slabs, row, this.#vectors);
  }

  /** Opens a new session when the pause before `atMs` was long enough; true when it did. */
  beginClick(row: number, atMs: number): boolean {
    const { slabs } = this;
    const fresh = slabs.order[row] === 0 || atMs - slabs.lastClickMs[row] > this.#times.sessionGapMs;
    if (fresh) {
      endSlowInterest(slabs, row, atMs, this.#times.slowHalfLifeMs);
      openSession(slabs, row);
    }
    return fresh;
  }

  /**
   * Puts an event into the graph: node weights, category and brand, sequence edges, seen marks. For a click also the order
   * of clicks; the new state is the model's and comes through `setState`. Returns the item's node, −1 when an event that is
   * no click meets an item that has no node.
   */
  touch(row: number, touched: TouchedItem, kind: number, effect: EventEffect, atMs: number): number {
    const { slabs } = this;
    markSeen(slabs, row, touched.item, effect.marks, effect.clears);
    if (effect.weight === 0) return -1;
    this.#pinned.pin(touched, lastClickedItem(slabs, row));
    if (touched.category >= 0)
      this.addWeight(row, NODE.category, touched.category, effect.weight * CATEGORY_SHARE, kind, atMs);
    if (touched.brand >= 0)
      this.addWeight(row, NODE.brand, touched.brand, effect.weight * BRAND_SHARE, kind, atMs);
    if (!effect.isClick && this.find(row, NODE.item, touched.item) < 0) return -1;
    const node = this.addWeight(row, NODE.item, touched.item, effect.weight, kind, atMs);
    if (effect.isClick) this.#click(row, node, touched, kind, atMs);
    return node;
  }

  #click(row: number, node: number, touched: TouchedItem, kind: number, atMs: number): void {
    const { slabs } = this;
    const { width } = slabs.bounds;
    const before = this.#pinned.predecessor;
    const term = this.latestTerm(row);
    addClickEdges(slabs, row, node, touched, before, term, atMs, this.#times.edgeHalfLifeMs);
    addClick(slabs, row, node, touched.item, kind, atMs);
    addRow(slabs.sessionSum, row * width, this.#vectors, touched.item * width, width);
  }

  /** Lets any node fold in what follows: nodes are pinned for the event that touched them, not for a merge after it. */
  unpin(): void {
    this.#pinned.release();
  }

  /** Puts a search into the graph; `hits` are items that match, whose mean vector becomes the term's state. */
  search(
    row: number,
    termKey: number,
    text: string,
    kind: number,
    hits: Int32Array | undefined,
    atMs: number,
  ): number {
    const { slabs } = this;
    this.#pinned.release();
    const node = this.addWeight(row, NODE.term, termKey, TERM_WEIGHT, kind, atMs);
    const i = row * slabs.bounds.nodes + node;
    this.#terms.set(i, text);
    slabs.nodeOrder[i] = slabs.order[row];
    if (hits !== undefined && hits.length > 0) this.#states.setMean(i, hits);
    return node;
  }

  /**
   * Takes over what the model computed for the clicked node: its state h, the interest u (both copied), and moves the
   * edge from the predecessor by `α Δh_i·Δh_j`.
   */
  setState(
    row: number,
    node: number,
    state: Float32Array,
    stateOffset: number,
    interest: Float32Array,
    interestOffset: number,
  ): void {
    const { slabs } = this;
    const { width, nodes } = slabs.bounds;
    const together = this.#states.take(row, row * nodes + node, state, stateOffset);
    for (let d = 0; d < width; d++) slabs.interest[row * width + d] = interest[interestOffset + d];
    const predecessor = this.predecessor(row);
    if (predecessor < 0) return;
    const edge = findEdge(slabs, row, predecessor, node);
    if (edge >= 0) slabs.edgeTogether[edge] += TOGETHER_RATE * together;
  }

  /** Node of the item clicked before the last one, −1 when it was the same item, is folded, or belongs to another session. */
  predecessor(row: number): number {
    return predecessorNode(this.slabs, row);
  }

  /** The term searched for last in this session, −1 when there is none. */
  latestTerm(row: number): number {
    return latestTermNode(this.slabs, row, this.#times.sessionGapMs);
  }

  /** Adds to a node's weight, making the node where there is none; returns its number. Public for merging graphs. */
  addWeight(row: number, kind: number, key: number, weight: number, eventKind: number, atMs: number): number {
    const { slabs } = this;
    let node = this.find(row, kind, key);
    if (node < 0) node = this.#newNode(row, kind, key, atMs);
    const i = row * slabs.bounds.nodes + node;
    slabs.nodeWeight[i] = this.weight(row, node, atMs) + weight;
    slabs.nodeAt[i] = Math.max(slabs.nodeAt[i], atMs);
    slabs.nodeEvent[i] = eventKind;
    return node;
  }

  #newNode(row: number, kind: number, key: number, atMs: number): number {
    const { slabs } = this;
    const { nodes } = slabs.bounds;
    while (slabs.nodeCount[row] === nodes) {
      this.#folding.foldWeakest(row, atMs);
      this.foldCount++;
    }
    // The fold may have made this very node: the weakest item of a category without a node turns into it.
    const folded = this.find(row, kind, key);
    if (folded >= 0) return folded;
    const node = appendNode(slabs, row, kind, key, atMs);
    this.#states.begin(row * nodes + node);
    return node;
  }
}
