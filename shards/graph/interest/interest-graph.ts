import { Edges, findEdge } from './edges.js';
import type { EventEffect, Touch } from './event-effects.js';
import { Folding } from './folding.js';
import { NODE, type InterestSlabs } from './interest-slabs.js';
import { beginInterests, endSlowInterest } from './interest-vectors.js';
import { NodeStates } from './node-states.js';
import { appendNode, earlierSince, findNode, weightOf } from './nodes.js';
import { markSeen } from './seen-items.js';
import { addClick, lastClickedItem, latestTermNode, openSession, predecessorNode } from './session-clicks.js';
import { TermTexts } from './term-texts.js';
import { VectorTable } from './vector-table.js';

/** Time constants of the graph. */
export interface InterestTimes {
  readonly nodeHalfLifeMs: number;
  readonly edgeHalfLifeMs: number;
  /** A click after a longer pause opens a new session. */
  readonly sessionGapMs: number;
  /** Half-life of the slow interest in the gap between two sessions. */
  readonly slowHalfLifeMs: number;
}

/** A search, as the graph takes it in. */
export interface TermSearch {
  /** `EVENT_KIND` and epoch ms of the event. */
  readonly kind: number;
  readonly tsMs: number;
  readonly query: string;
  /** Items that match; their mean vector becomes the term's state. */
  readonly hits?: Int32Array | undefined;
}

/** Weight of a search term, as of a view. */
const TERM_WEIGHT = 1;
/** Rate α of `e_ij ← e_ij + α Δh_i·Δh_j`. */
const TOGETHER_RATE = 0.1;

/**
 * The rules by which an event changes a user's graph. Pure over the slabs: no clock, no disk; one instance serves all users
 * of a shard. A node's number is stable until the next `touch`, `search` or `positionOf` of the same user.
 */
export class InterestGraph {
  readonly slabs: InterestSlabs;
  readonly edges: Edges;
  readonly #times: InterestTimes;
  readonly #vectors: VectorTable;
  readonly #states: NodeStates;
  readonly #terms = new TermTexts();
  readonly #folding: Folding;
  /** Nodes folded; whoever reports it sets it back. */
  foldCount = 0;

  /** `vectors`: Float32 [items, D], unit length; `category`: Int32 [items], −1 for none; both borrowed. */
  constructor(slabs: InterestSlabs, times: InterestTimes, vectors: Float32Array, category: Int32Array) {
    this.slabs = slabs;
    this.#times = times;
    this.#vectors = new VectorTable(vectors, slabs.bounds.width);
    this.#states = new NodeStates(slabs, this.#vectors);
    this.edges = new Edges(slabs, times.edgeHalfLifeMs);
    this.#folding = new Folding(slabs, this.#terms, category, times.nodeHalfLifeMs);
  }

  /** Number of the node, −1 when the user has none such. */
  find(row: number, kind: number, key: number): number {
    return findNode(this.slabs, row, kind, key);
  }

  get nodeHalfLifeMs(): number {
    return this.#times.nodeHalfLifeMs;
  }

  /** Weight of a node now, decayed. */
  weight(row: number, node: number, nowMs: number): number {
    return weightOf(this.slabs, this.slabs.nodeStart[row] + node, nowMs, this.#times.nodeHalfLifeMs);
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
    const start = this.slabs.nodeStart[row];
    for (let node = 0; node < this.slabs.nodeCount[row]; node++) this.#states.begin(start + node);
    beginInterests(this.slabs, row, this.#vectors);
  }

  /** True when a click at `atMs` would begin a session. */
  isSessionOver(row: number, atMs: number): boolean {
    const { lastClickMs, order } = this.slabs;
    return order[row] === 0 || atMs - lastClickMs[row] > this.#times.sessionGapMs;
  }

  /** Opens a new session when the pause before `atMs` was long enough; true when it did. */
  beginClick(row: number, atMs: number): boolean {
    const { slabs } = this;
    const fresh = this.isSessionOver(row, atMs);
    if (fresh) {
      endSlowInterest(slabs, row, atMs, this.#times.slowHalfLifeMs);
      openSession(slabs, row);
      slabs.facts.beginVisit(row, atMs);
    }
    slabs.facts.countClick(row);
    return fresh;
  }

  /**
   * Puts an event into the graph: node weights, category and brand, sequence edges, seen marks. For a click also the order
   * of clicks; the new state is the model's and comes through `setState`. Returns the item's node, −1 when an event that is
   * no click meets an item that has no node.
   */
  touch(row: number, touch: Touch, effect: EventEffect): number {
    const { slabs } = this;
    const { item, category, brand, kind, atMs } = touch;
    const { weight, categoryShare, brandShare, isClick } = effect;
    markSeen(slabs, row, item, effect);
    if (weight === 0) return -1;
    this.#folding.pinned.pin(touch, lastClickedItem(slabs, row));
    if (category >= 0 && categoryShare > 0)
      this.addWeight(this.positionOf(row, NODE.category, category, atMs), weight * categoryShare, kind, atMs);
    if (brand >= 0)
      this.addWeight(this.positionOf(row, NODE.brand, brand, atMs), weight * brandShare, kind, atMs);
    if (!isClick && this.find(row, NODE.item, item) < 0) return -1;
    const position = this.positionOf(row, NODE.item, item, atMs);
    this.addWeight(position, weight, kind, atMs);
    const node = position - slabs.nodeStart[row];
    if (effect.edgesLeft < 1) this.edges.weaken(row, node, effect.edgesLeft);
    if (isClick) this.#click(row, node, touch);
    return node;
  }

  #click(row: number, node: number, touch: Touch): void {
    const { slabs } = this;
    this.#linkClick(row, node, touch);
    addClick(slabs, row, node, touch);
    this.#vectors.addTo(slabs.sessionSum, row * slabs.bounds.width, touch.item);
  }

  /**
   * Adds the edges of a click that is not counted yet: to its node from the item clicked before and from the search that it
   * follows, and from its node to its category and brand.
   */
  #linkClick(row: number, node: number, { category, brand, atMs }: Touch): void {
    const { slabs, edges } = this;
    const { predecessor } = this.#folding.pinned;
    const isSameSession = slabs.order[row] >= slabs.sessionOrder[row];
    const before = isSameSession && predecessor >= 0 ? this.find(row, NODE.item, predecessor) : -1;
    if (before >= 0 && before !== node) edges.add(row, before, node, atMs);
    const term = this.latestTerm(row);
    if (term >= 0 && slabs.nodeOrder[slabs.nodeStart[row] + term] === slabs.order[row])
      edges.add(row, term, node, atMs);
    const ofCategory = category < 0 ? -1 : this.find(row, NODE.category, category);
    const ofBrand = brand < 0 ? -1 : this.find(row, NODE.brand, brand);
    if (ofCategory >= 0) edges.add(row, node, ofCategory, atMs);
    if (ofBrand >= 0) edges.add(row, node, ofBrand, atMs);
  }

  /** Lets any node fold in what follows: nodes are pinned for the event that touched them, not for a merge after it. */
  unpin(): void {
    this.#folding.pinned.release();
  }

  /** Puts a search into the graph, at the node of its term; returns that. */
  search(row: number, termKey: number, { query, hits, kind, tsMs }: TermSearch): number {
    const { slabs } = this;
    this.#folding.pinned.release();
    const i = this.positionOf(row, NODE.term, termKey, tsMs);
    this.addWeight(i, TERM_WEIGHT, kind, tsMs);
    const node = i - slabs.nodeStart[row];
    this.setTerm(row, node, query);
    slabs.nodeOrder[i] = slabs.order[row];
    if (hits !== undefined && hits.length > 0) this.#states.setMean(i, hits);
    return node;
  }

  /**
   * Takes over what the model computed for the clicked node: from `at` on `results` has its state h and then the interest u.
   * Both are copied. The edge from the predecessor moves by `α Δh_i·Δh_j`.
   */
  setState(row: number, node: number, results: Float32Array, at: number): void {
    const { slabs } = this;
    const { width } = slabs.bounds;
    const together = this.#states.take(row, slabs.nodeStart[row] + node, results, at);
    for (let d = 0; d < width; d++) slabs.interest[row * width + d] = results[at + width + d];
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

  /** Position (`nodeStart[row] + node`) of a node, which is made where there is none; then the others of the user may have moved. Public for merging graphs. */
  positionOf(row: number, kind: number, key: number, atMs: number): number {
    const known = this.find(row, kind, key);
    const node = known >= 0 ? known : this.#newNode(row, kind, key, atMs);
    return this.slabs.nodeStart[row] + node;
  }

  /** Adds to the decayed weight of the node at `position`, which an event of `eventKind` touches. Public for merging graphs. */
  addWeight(position: number, weight: number, eventKind: number, atMs: number): void {
    const { slabs } = this;
    slabs.nodeWeight[position] = weightOf(slabs, position, atMs, this.#times.nodeHalfLifeMs) + weight;
    slabs.nodeAt[position] = Math.max(slabs.nodeAt[position], atMs);
    slabs.nodeSince[position] = earlierSince(slabs.nodeSince[position], secondsOf(atMs));
    slabs.nodeEvent[position] = eventKind;
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
    const node = appendNode(slabs, row, kind, key);
    const position = slabs.nodeStart[row] + node;
    slabs.nodeAt[position] = atMs;
    slabs.nodeSince[position] = secondsOf(atMs);
    this.#states.begin(position);
    return node;
  }
}

/** Whole seconds of epoch ms, 1 at least: 0 stands for what is not known. */
function secondsOf(ms: number): number {
  return Math.max(1, Math.floor(ms / 1_000));
}
