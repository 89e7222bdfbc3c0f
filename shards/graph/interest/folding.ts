import { redirectEdges, renumberEdges } from './edges.js';
import type { Touch } from './event-effects.js';
import { NODE, type InterestSlabs } from './interest-slabs.js';
import { copyNode, earlierSince, findNode, weightOf } from './nodes.js';
import type { TermTexts } from './term-texts.js';

/**
 * Graph compression: the weakest node that is not pinned becomes part of its category's node (a category, brand or term: of
 * the node of everything else), with its weight, state and edges. Where there is no such node yet, it turns into it.
 */
export class Folding {
  readonly pinned = new PinnedNodes();
  readonly #slabs: InterestSlabs;
  readonly #terms: TermTexts;
  readonly #category: Int32Array;
  readonly #halfLifeMs: number;
  /** Float32 [D] each, for states that become one. */
  readonly #source: Float32Array;
  readonly #target: Float32Array;

  /** `category`: Int32 [items], −1 for none; borrowed. A node loses half of its weight in `halfLifeMs`. */
  constructor(slabs: InterestSlabs, terms: TermTexts, category: Int32Array, halfLifeMs: number) {
    this.#slabs = slabs;
    this.#terms = terms;
    this.#category = category;
    this.#halfLifeMs = halfLifeMs;
    this.#source = new Float32Array(slabs.bounds.width);
    this.#target = new Float32Array(slabs.bounds.width);
  }

  /** Folds one node of the user; nodes may get new numbers, and the count may stay when the node only turns into another. */
  foldWeakest(row: number, atMs: number): void {
    const slabs = this.#slabs;
    const victim = this.#weakest(row, atMs);
    const i = slabs.nodeStart[row] + victim;
    const key = slabs.nodeKind[i] === NODE.item ? this.#category[slabs.nodeKey[i]] : -1;
    const target = findNode(slabs, row, NODE.category, key);
    this.#terms.delete(row * slabs.bounds.nodes + victim);
    if (target < 0) {
      slabs.nodeKind[i] = NODE.category;
      slabs.nodeKey[i] = key;
      slabs.nodeOrder[i] = 0;
      slabs.nodeClicks[i] = 0;
      return;
    }
    this.#mergeInto(row, victim, target, atMs);
    this.#remove(row, victim);
  }

  #weakest(row: number, atMs: number): number {
    const slabs = this.#slabs;
    const start = slabs.nodeStart[row];
    let weakest = -1;
    let least = Infinity;
    for (let node = 0; node < slabs.nodeCount[row]; node++) {
      if (this.pinned.has(slabs.nodeKind[start + node], slabs.nodeKey[start + node])) continue;
      const weight = weightOf(slabs, start + node, atMs, this.#halfLifeMs);
      if (weight >= least) continue;
      least = weight;
      weakest = node;
    }
    return weakest;
  }

  /** State of the target: mean of both, weighted by their (positive) weights. */
  #mergeInto(row: number, from: number, to: number, atMs: number): void {
    const slabs = this.#slabs;
    const start = slabs.nodeStart[row];
    const a = weightOf(slabs, start + from, atMs, this.#halfLifeMs);
    const b = weightOf(slabs, start + to, atMs, this.#halfLifeMs);
    const share = Math.max(a, 0) / Math.max(Math.max(a, 0) + Math.max(b, 0), 1e-6);
    const { nodeState } = slabs;
    const [source, target] = [this.#source, this.#target];
    nodeState.read(start + from, source, 0);
    nodeState.read(start + to, target, 0);
    for (let d = 0; d < nodeState.width; d++) target[d] += share * (source[d] - target[d]);
    nodeState.write(start + to, target, 0);
    slabs.nodeWeight[start + to] = a + b;
    slabs.nodeAt[start + to] = Math.max(slabs.nodeAt[start + to], atMs);
    slabs.nodeSince[start + to] = earlierSince(slabs.nodeSince[start + to], slabs.nodeSince[start + from]);
    redirectEdges(slabs, row, from, to);
  }

  /** The last node takes the place, and the number, of the removed one. */
  #remove(row: number, node: number): void {
    const slabs = this.#slabs;
    const { nodes } = slabs.bounds;
    const lastNode = --slabs.nodeCount[row];
    if (node === lastNode) return;
    const start = slabs.nodeStart[row];
    copyNode(slabs, start + lastNode, start + node);
    this.#terms.move(row * nodes + lastNode, row * nodes + node);
    renumberEdges(slabs, row, lastNode, node);
  }
}

/**
 * Nodes that do not fold while an event goes in, since it still writes to them: the item's, its category's and brand's, the
 * one of the item clicked before. The node of everything without a category never folds. Pins hold until the next event.
 */
class PinnedNodes {
  #item = -1;
  #predecessor = -1;
  #category = -2;
  #brand = -2;

  /** Item clicked before the touched one, −1 when there is none. */
  get predecessor(): number {
    return this.#predecessor;
  }

  /** Pins what an event of an item writes to; `predecessor` is the item clicked last, −1 for none. */
  pin(touch: Touch, predecessor: number): void {
    this.#item = touch.item;
    this.#category = touch.category;
    this.#brand = touch.brand;
    this.#predecessor = predecessor;
  }

  release(): void {
    this.#item = this.#predecessor = -1;
    this.#category = this.#brand = -2;
  }

  has(kind: number, key: number): boolean {
    if (kind === NODE.item) return key === this.#item || key === this.#predecessor;
    if (kind === NODE.category) return key === this.#category || key === -1;
    return kind === NODE.brand && key === this.#brand;
  }
}
