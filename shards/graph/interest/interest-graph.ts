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
  find(slot: number, kind: number, key: number): number {
    return findNode(this.slabs, slot, kind, key);
  }

  /** Weight of a node now, decayed. */
  weight(slot: number, node: number, nowMs: number): number {
    return weightOf(this.slabs, slot, node, nowMs, this.#times.nodeHalfLifeMs);
  }

  /** Text of a term's node; empty for any other. */
  term(slot: number, node: number): string {
    return this.#terms.at(slot * this.slabs.bounds.nodes + node);
  }

  setTerm(slot: number, node: number, text: string): void {
    this.#terms.set(slot * this.slabs.bounds.nodes + node, text);
  }

  /** Makes `slot` empty. */
  clear(slot: number): void {
    const { nodes } = this.slabs.bounds;
    this.#terms.deleteRange(slot * nodes, nodes);
    this.slabs.clear(slot);
  }

  /**
   * Everything in vector space begins again from the items' vectors, for a state that another model made: an item's state as
   * its vector, other nodes as zeros, the interest as the direction of the session's clicks, the slow interest as that of the
   * items of earlier sessions by weight.
   */
  resetStates(slot: number): void {
    const start = slot * this.slabs.bounds.nodes;
    for (let node = 0; node < this.slabs.nodeCount[slot]; node++) this.#states.begin(start + node);
    beginInterests(this.slabs, slot, this.#vectors);
  }

  /** Opens a new session when the pause before `atMs` was long enough; true when it did. */
  beginClick(slot: number, atMs: number): boolean {
    const { slabs } = this;
    const fresh = slabs.order[slot] === 0 || atMs - slabs.lastClickMs[slot] > this.#times.sessionGapMs;
    if (fresh) {
      endSlowInterest(slabs, slot, atMs, this.#times.slowHalfLifeMs);
      openSession(slabs, slot);
    }
    return fresh;
  }

  /**
   * Puts an event into the graph: node weights, category and brand, sequence edges, seen marks. For a click also the order
   * of clicks; the new state is the model's and comes through `setState`. Returns the item's node, −1 when an event that is
   * no click meets an item that has no node.
   */
  touch(slot: number, touched: TouchedItem, kind: number, effect: EventEffect, atMs: number): number {
    const { slabs } = this;
    markSeen(slabs, slot, touched.item, effect.marks, effect.clears);
    if (effect.weight === 0) return -1;
    this.#pinned.pin(touched, lastClickedItem(slabs, slot));
    if (touched.category >= 0)
      this.addWeight(slot, NODE.category, touched.category, effect.weight * CATEGORY_SHARE, kind, atMs);
    if (touched.brand >= 0)
      this.addWeight(slot, NODE.brand, touched.brand, effect.weight * BRAND_SHARE, kind, atMs);
    if (!effect.isClick && this.find(slot, NODE.item, touched.item) < 0) return -1;
    const node = this.addWeight(slot, NODE.item, touched.item, effect.weight, kind, atMs);
    if (effect.isClick) this.#click(slot, node, touched, kind, atMs);
    return node;
  }

  #click(slot: number, node: number, touched: TouchedItem, kind: number, atMs: number): void {
    const { slabs } = this;
    const { width } = slabs.bounds;
    const before = this.#pinned.predecessor;
    const term = this.latestTerm(slot);
    addClickEdges(slabs, slot, node, touched, before, term, atMs, this.#times.edgeHalfLifeMs);
    addClick(slabs, slot, node, touched.item, kind, atMs);
    addRow(slabs.sessionSum, slot * width, this.#vectors, touched.item * width, width);
  }

  /** Lets any node fold in what follows: nodes are pinned for the event that touched them, not for a merge after it. */
  unpin(): void {
    this.#pinned.release();
  }

  /** Puts a search into the graph; `hits` are items that match, whose mean vector becomes the term's state. */
  search(
    slot: number,
    termKey: number,
    text: string,
    kind: number,
    hits: Int32Array | undefined,
    atMs: number,
  ): number {
    const { slabs } = this;
    this.#pinned.release();
    const node = this.addWeight(slot, NODE.term, termKey, TERM_WEIGHT, kind, atMs);
    const i = slot * slabs.bounds.nodes + node;
    this.#terms.set(i, text);
    slabs.nodeOrder[i] = slabs.order[slot];
    if (hits !== undefined && hits.length > 0) this.#states.setMean(i, hits);
    return node;
  }

  /**
   * Takes over what the model computed for the clicked node: its state h, the interest u (both copied), and moves the
   * edge from the predecessor by `α Δh_i·Δh_j`.
   */
  setState(
    slot: number,
    node: number,
    state: Float32Array,
    stateOffset: number,
    interest: Float32Array,
    interestOffset: number,
  ): void {
    const { slabs } = this;
    const { width, nodes } = slabs.bounds;
    const together = this.#states.take(slot, slot * nodes + node, state, stateOffset);
    for (let d = 0; d < width; d++) slabs.interest[slot * width + d] = interest[interestOffset + d];
    const predecessor = this.predecessor(slot);
    if (predecessor < 0) return;
    const edge = findEdge(slabs, slot, predecessor, node);
    if (edge >= 0) slabs.edgeTogether[edge] += TOGETHER_RATE * together;
  }

  /** Node of the item clicked before the last one, −1 when it was the same item, is folded, or belongs to another session. */
  predecessor(slot: number): number {
    return predecessorNode(this.slabs, slot);
  }

  /** The term searched for last in this session, −1 when there is none. */
  latestTerm(slot: number): number {
    return latestTermNode(this.slabs, slot, this.#times.sessionGapMs);
  }

  /** Adds to a node's weight, making the node where there is none; returns its number. Public for merging graphs. */
  addWeight(
    slot: number,
    kind: number,
    key: number,
    weight: number,
    eventKind: number,
    atMs: number,
  ): number {
    const { slabs } = this;
    let node = this.find(slot, kind, key);
    if (node < 0) node = this.#newNode(slot, kind, key, atMs);
    const i = slot * slabs.bounds.nodes + node;
    slabs.nodeWeight[i] = this.weight(slot, node, atMs) + weight;
    slabs.nodeAt[i] = Math.max(slabs.nodeAt[i], atMs);
    slabs.nodeEvent[i] = eventKind;
    return node;
  }

  #newNode(slot: number, kind: number, key: number, atMs: number): number {
    const { slabs } = this;
    const { nodes } = slabs.bounds;
    while (slabs.nodeCount[slot] === nodes) {
      this.#folding.foldWeakest(slot, atMs);
      this.foldCount++;
    }
    // The fold may have made this very node: the weakest item of a category without a node turns into it.
    const folded = this.find(slot, kind, key);
    if (folded >= 0) return folded;
    const node = appendNode(slabs, slot, kind, key, atMs);
    this.#states.begin(slot * nodes + node);
    return node;
  }
}
