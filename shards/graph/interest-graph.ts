import { SLOW_KEEP } from '../../model/train/slow-interest.js';
import { addEdge, findEdge, redirectEdges, renumberEdges } from './edges.js';
import { decay } from './decay.js';
import { type EventEffect } from './event-effects.js';
import { NODE, type InterestSlabs } from './interest-slabs.js';
import { markSeen } from './seen-items.js';

/** Time constants of the graph. */
export interface InterestTimes {
  readonly nodeHalfLifeMs: number;
  readonly edgeHalfLifeMs: number;
  /** A click after a longer pause opens a new session. */
  readonly sessionGapMs: number;
  /** Half-life of the slow interest in the gap between two sessions. */
  readonly slowHalfLifeMs: number;
}

/** What of an item the graph needs: its index, its category and brand codes (−1: none). */
export interface TouchedItem {
  item: number;
  category: number;
  brand: number;
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
 * of a shard. A node's number is stable until the next `touch`, `search` or `fold` of the same user.
 */
export class InterestGraph {
  readonly slabs: InterestSlabs;
  readonly #times: InterestTimes;
  /** Float32 [items, D], unit length; borrowed. */
  readonly #vectors: Float32Array;
  /** Int32 [items] category codes; borrowed. */
  readonly #category: Int32Array;
  /** Texts of term nodes by `slot * nodes + node`. */
  readonly #terms = new Map<number, string>();
  #pinItem = -1;
  #pinPredecessor = -1;
  #pinCategory = -2;
  #pinBrand = -2;
  foldCount = 0;

  constructor(slabs: InterestSlabs, times: InterestTimes, vectors: Float32Array, category: Int32Array) {
    this.slabs = slabs;
    this.#times = times;
    this.#vectors = vectors;
    this.#category = category;
  }

  /** Number of the node, −1 when the user has none such. */
  find(slot: number, kind: number, key: number): number {
    const { slabs } = this;
    const start = slot * slabs.bounds.nodes;
    for (let i = start; i < start + slabs.nodeCount[slot]; i++) {
      if (slabs.nodeKey[i] === key && slabs.nodeKind[i] === kind) return i - start;
    }
    return -1;
  }

  /** Weight of a node now, decayed. */
  weight(slot: number, node: number, nowMs: number): number {
    const i = slot * this.slabs.bounds.nodes + node;
    return this.slabs.nodeWeight[i] * decay(nowMs - this.slabs.nodeAt[i], this.#times.nodeHalfLifeMs);
  }

  term(slot: number, node: number): string {
    return this.#terms.get(slot * this.slabs.bounds.nodes + node) ?? '';
  }

  setTerm(slot: number, node: number, text: string): void {
    this.#terms.set(slot * this.slabs.bounds.nodes + node, text);
  }

  /** Makes `slot` empty. */
  clear(slot: number): void {
    const { nodes } = this.slabs.bounds;
    if (this.#terms.size > 0)
      for (let node = 0; node < nodes; node++) this.#terms.delete(slot * nodes + node);
    this.slabs.clear(slot);
  }

  /** States begin again as the vectors of their items; context nodes and the interest vectors as zeros. */
  resetStates(slot: number): void {
    const { slabs } = this;
    const { nodes } = slabs.bounds;
    for (let i = slot * nodes; i < slot * nodes + slabs.nodeCount[slot]; i++) {
      this.#initState(i, slabs.nodeKind[i], slabs.nodeKey[i]);
    }
  }

  /** Opens a new session when the pause before `atMs` was long enough; true when it did. */
  beginClick(slot: number, atMs: number): boolean {
    const { slabs } = this;
    const fresh = slabs.order[slot] === 0 || atMs - slabs.lastClickMs[slot] > this.#times.sessionGapMs;
    if (fresh) this.#endSession(slot, atMs);
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
    this.#pin(slot, touched);
    if (touched.category >= 0)
      this.addWeight(slot, NODE.category, touched.category, effect.weight * CATEGORY_SHARE, kind, atMs);
    if (touched.brand >= 0)
      this.addWeight(slot, NODE.brand, touched.brand, effect.weight * BRAND_SHARE, kind, atMs);
    if (!effect.isClick && this.find(slot, NODE.item, touched.item) < 0) return -1;
    const node = this.addWeight(slot, NODE.item, touched.item, effect.weight, kind, atMs);
    if (effect.isClick) {
      this.#link(slot, node, touched, atMs);
      this.#countClick(slot, node, touched.item, kind, atMs);
    }
    return node;
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
    this.#pinItem = this.#pinPredecessor = -1;
    this.#pinCategory = this.#pinBrand = -2;
    const node = this.addWeight(slot, NODE.term, termKey, TERM_WEIGHT, kind, atMs);
    const i = slot * slabs.bounds.nodes + node;
    this.#terms.set(i, text);
    slabs.nodeOrder[i] = slabs.order[slot];
    if (hits !== undefined && hits.length > 0) {
      const { width } = slabs.bounds;
      const state = slabs.nodeState.subarray(i * width, (i + 1) * width);
      state.fill(0);
      for (let h = 0; h < hits.length; h++) addRow(state, this.#vectors, hits[h]);
      toUnitLength(state);
    }
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
    const i = slot * nodes + node;
    const h = i * width;
    const move = slot * width;
    const hadState = slabs.nodeClicks[i] > 1;
    const vector = slabs.nodeKey[i] * width;
    let together = 0;
    for (let d = 0; d < width; d++) {
      const before = hadState ? slabs.nodeState[h + d] : this.#vectors[vector + d];
      const moved = state[stateOffset + d] - before;
      together += moved * slabs.lastMove[move + d];
      slabs.lastMove[move + d] = moved;
      slabs.nodeState[h + d] = state[stateOffset + d];
      slabs.interest[move + d] = interest[interestOffset + d];
    }
    const predecessor = this.predecessor(slot);
    if (predecessor < 0) return;
    const edge = findEdge(slabs, slot, predecessor, node);
    if (edge >= 0) slabs.edgeTogether[edge] += TOGETHER_RATE * together;
  }

  /** Node of the item clicked before the last one, −1 when it was the same item, is folded, or belongs to another session. */
  predecessor(slot: number): number {
    const { slabs } = this;
    const count = slabs.clickCount[slot];
    if (count < 2 || slabs.order[slot] <= slabs.sessionOrder[slot]) return -1;
    const end = slot * slabs.bounds.clicks + count;
    const item = slabs.clickItem[end - 2];
    return item === slabs.clickItem[end - 1] ? -1 : this.find(slot, NODE.item, item);
  }

  #pin(slot: number, touched: TouchedItem): void {
    const { slabs } = this;
    const count = slabs.clickCount[slot];
    this.#pinItem = touched.item;
    this.#pinCategory = touched.category;
    this.#pinBrand = touched.brand;
    this.#pinPredecessor = count === 0 ? -1 : slabs.clickItem[slot * slabs.bounds.clicks + count - 1];
  }

  #isPinned(kind: number, key: number): boolean {
    if (kind === NODE.item) return key === this.#pinItem || key === this.#pinPredecessor;
    if (kind === NODE.category) return key === this.#pinCategory || key === -1;
    return kind === NODE.brand && key === this.#pinBrand;
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
    while (slabs.nodeCount[slot] === nodes) this.#foldWeakest(slot, atMs);
    // The fold may have made this very node: the weakest item of a category without a node turns into it.
    const folded = this.find(slot, kind, key);
    if (folded >= 0) return folded;
    const node = slabs.nodeCount[slot]++;
    const i = slot * nodes + node;
    slabs.nodeKind[i] = kind;
    slabs.nodeKey[i] = key;
    slabs.nodeWeight[i] = 0;
    slabs.nodeAt[i] = atMs;
    slabs.nodeOrder[i] = 0;
    slabs.nodeClicks[i] = 0;
    this.#initState(i, kind, key);
    return node;
  }

  /** An item begins with its vector as its state, any other node with zeros. */
  #initState(at: number, kind: number, key: number): void {
    const { nodeState, bounds } = this.slabs;
    const to = at * bounds.width;
    const from = key * bounds.width;
    for (let d = 0; d < bounds.width; d++)
      nodeState[to + d] = kind === NODE.item ? this.#vectors[from + d] : 0;
  }

  /**
   * Graph compression: the weakest node becomes part of its category's node (a category, brand or term: of the node of
   * everything else), with its weight, state and edges. Where there is no such node yet, the weakest one turns into it.
   */
  #foldWeakest(slot: number, atMs: number): void {
    const { slabs } = this;
    const victim = this.#weakest(slot, atMs);
    const i = slot * slabs.bounds.nodes + victim;
    const key = slabs.nodeKind[i] === NODE.item ? this.#category[slabs.nodeKey[i]] : -1;
    const target = this.find(slot, NODE.category, key);
    this.foldCount++;
    this.#terms.delete(i);
    if (target < 0) {
      slabs.nodeKind[i] = NODE.category;
      slabs.nodeKey[i] = key;
      slabs.nodeOrder[i] = 0;
      slabs.nodeClicks[i] = 0;
      return;
    }
    this.#mergeInto(slot, victim, target, atMs);
    this.#remove(slot, victim);
  }

  #weakest(slot: number, atMs: number): number {
    const { slabs } = this;
    const start = slot * slabs.bounds.nodes;
    let weakest = -1;
    let least = Infinity;
    for (let node = 0; node < slabs.nodeCount[slot]; node++) {
      if (this.#isPinned(slabs.nodeKind[start + node], slabs.nodeKey[start + node])) continue;
      const weight = this.weight(slot, node, atMs);
      if (weight >= least) continue;
      least = weight;
      weakest = node;
    }
    return weakest;
  }

  /** State of the target: mean of both, weighted by their (positive) weights. */
  #mergeInto(slot: number, from: number, to: number, atMs: number): void {
    const { slabs } = this;
    const { nodes, width } = slabs.bounds;
    const a = this.weight(slot, from, atMs);
    const b = this.weight(slot, to, atMs);
    const share = Math.max(a, 0) / Math.max(Math.max(a, 0) + Math.max(b, 0), 1e-6);
    const source = (slot * nodes + from) * width;
    const target = (slot * nodes + to) * width;
    for (let d = 0; d < width; d++) {
      slabs.nodeState[target + d] += share * (slabs.nodeState[source + d] - slabs.nodeState[target + d]);
    }
    slabs.nodeWeight[slot * nodes + to] = a + b;
    slabs.nodeAt[slot * nodes + to] = Math.max(slabs.nodeAt[slot * nodes + to], atMs);
    redirectEdges(slabs, slot, from, to);
  }

  #remove(slot: number, node: number): void {
    const { slabs } = this;
    const { nodes, width } = slabs.bounds;
    const lastNode = --slabs.nodeCount[slot];
    if (node === lastNode) return;
    const to = slot * nodes + node;
    const from = slot * nodes + lastNode;
    slabs.nodeKind[to] = slabs.nodeKind[from];
    slabs.nodeKey[to] = slabs.nodeKey[from];
    slabs.nodeWeight[to] = slabs.nodeWeight[from];
    slabs.nodeAt[to] = slabs.nodeAt[from];
    slabs.nodeEvent[to] = slabs.nodeEvent[from];
    slabs.nodeOrder[to] = slabs.nodeOrder[from];
    slabs.nodeClicks[to] = slabs.nodeClicks[from];
    slabs.nodeState.copyWithin(to * width, from * width, (from + 1) * width);
    const text = this.#terms.get(from);
    if (text !== undefined) {
      this.#terms.delete(from);
      this.#terms.set(to, text);
    }
    renumberEdges(slabs, slot, lastNode, node);
  }

  /** Edges of a click: what it followed (an item, or the search that led to it), and to its category and brand. */
  #link(slot: number, node: number, touched: TouchedItem, atMs: number): void {
    const { slabs } = this;
    const halfLifeMs = this.#times.edgeHalfLifeMs;
    const sameSession = slabs.order[slot] >= slabs.sessionOrder[slot];
    const before =
      sameSession && this.#pinPredecessor >= 0 ? this.find(slot, NODE.item, this.#pinPredecessor) : -1;
    if (before >= 0 && before !== node) addEdge(slabs, slot, before, node, 1, atMs, halfLifeMs);
    const term = this.latestTerm(slot);
    if (term >= 0 && slabs.nodeOrder[slot * slabs.bounds.nodes + term] === slabs.order[slot]) {
      addEdge(slabs, slot, term, node, 1, atMs, halfLifeMs);
    }
    const category = touched.category < 0 ? -1 : this.find(slot, NODE.category, touched.category);
    const brand = touched.brand < 0 ? -1 : this.find(slot, NODE.brand, touched.brand);
    if (category >= 0) addEdge(slabs, slot, node, category, 1, atMs, halfLifeMs);
    if (brand >= 0) addEdge(slabs, slot, node, brand, 1, atMs, halfLifeMs);
  }

  /** The term searched for last in this session, −1 when there is none. */
  latestTerm(slot: number): number {
    const { slabs } = this;
    const start = slot * slabs.bounds.nodes;
    let latest = -1;
    for (let node = 0; node < slabs.nodeCount[slot]; node++) {
      if (slabs.nodeKind[start + node] !== NODE.term) continue;
      if (slabs.nodeOrder[start + node] + 1 < slabs.sessionOrder[slot]) continue;
      if (slabs.lastClickMs[slot] - slabs.nodeAt[start + node] > this.#times.sessionGapMs) continue;
      if (latest < 0 || slabs.nodeAt[start + node] > slabs.nodeAt[start + latest]) latest = node;
    }
    return latest;
  }

  #countClick(slot: number, node: number, item: number, kind: number, atMs: number): void {
    const { slabs } = this;
    const { clicks, nodes, width } = slabs.bounds;
    const i = slot * nodes + node;
    const order = ++slabs.order[slot];
    slabs.nodeClicks[i] =
      slabs.nodeOrder[i] >= slabs.sessionOrder[slot] ? Math.min(slabs.nodeClicks[i] + 1, 65_535) : 1;
    slabs.nodeOrder[i] = order;
    slabs.lastClickMs[slot] = Math.max(slabs.lastClickMs[slot], atMs);
    const start = slot * clicks;
    if (slabs.clickCount[slot] === clicks) {
      slabs.clickItem.copyWithin(start, start + 1, start + clicks);
      slabs.clickKind.copyWithin(start, start + 1, start + clicks);
      slabs.clickCount[slot]--;
    }
    const at = start + slabs.clickCount[slot]++;
    slabs.clickItem[at] = item;
    slabs.clickKind[at] = kind;
    const sum = slot * width;
    const vector = item * width;
    for (let d = 0; d < width; d++) slabs.sessionSum[sum + d] += this.#vectors[vector + d];
  }

  /**
   * `l ← β l + (1 − β) u` with u the direction of the session's items and β = keep · 2^(−gap / halfLife): the longer a
   * shopper was away, the less of the older interest stays.
   */
  #endSession(slot: number, atMs: number): void {
    const { slabs } = this;
    const { width, clicks } = slabs.bounds;
    const start = slot * width;
    const clicked = slabs.order[slot] > 0;
    const length = lengthOf(slabs.sessionSum, start, width);
    if (clicked && length > 0) {
      const old = lengthOf(slabs.slow, start, width) > 0;
      const keep = old ? SLOW_KEEP * decay(atMs - slabs.lastClickMs[slot], this.#times.slowHalfLifeMs) : 0;
      for (let d = start; d < start + width; d++) {
        slabs.slow[d] = keep * slabs.slow[d] + ((1 - keep) * slabs.sessionSum[d]) / length;
        slabs.sessionSum[d] = 0;
        slabs.lastMove[d] = 0;
      }
    }
    slabs.sessionOrder[slot] = slabs.order[slot] + 1;
    slabs.sessionId[slot] = 0;
    slabs.clickCount[slot] = 0;
    slabs.clickItem.fill(-1, slot * clicks, (slot + 1) * clicks);
  }
}

function addRow(into: Float32Array, table: Float32Array, row: number): void {
  const offset = row * into.length;
  for (let d = 0; d < into.length; d++) into[d] += table[offset + d];
}

function lengthOf(vectors: Float32Array, start: number, width: number): number {
  let sum = 0;
  for (let d = start; d < start + width; d++) sum += vectors[d] * vectors[d];
  return Math.sqrt(sum);
}

/** Scales a vector to length 1; zeros stay zeros. */
export function toUnitLength(vector: Float32Array): void {
  const length = lengthOf(vector, 0, vector.length);
  if (length === 0) return;
  for (let d = 0; d < vector.length; d++) vector[d] /= length;
}
