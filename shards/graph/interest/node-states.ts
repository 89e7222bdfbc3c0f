import { NODE, type InterestSlabs } from './interest-slabs.js';
import { toUnitLength, type VectorTable } from './vector-table.js';

/** How states of nodes begin and change. Positions are `nodeStart[row] + node`. */
export class NodeStates {
  readonly #slabs: InterestSlabs;
  /** Of unit length. */
  readonly #vectors: VectorTable;

  constructor(slabs: InterestSlabs, vectors: VectorTable) {
    this.#slabs = slabs;
    this.#vectors = vectors;
  }

  /** An item begins with its vector as its state, any other node with zeros. */
  begin(position: number): void {
    const { nodeState, nodeKind, nodeKey, bounds } = this.#slabs;
    const isItem = nodeKind[position] === NODE.item;
    const to = position * bounds.width;
    const from = nodeKey[position] * bounds.width;
    const vectors = this.#vectors.numbers;
    for (let d = 0; d < bounds.width; d++) nodeState[to + d] = isItem ? vectors[from + d] : 0;
  }

  /** The state becomes the unit mean of the vectors of `items`, one at least. */
  setMean(position: number, items: Int32Array): void {
    const { nodeState, bounds } = this.#slabs;
    const { width } = bounds;
    const to = position * width;
    nodeState.fill(0, to, to + width);
    for (let i = 0; i < items.length; i++) this.#vectors.addTo(nodeState, to, items[i]);
    toUnitLength(nodeState, to, width);
  }

  /**
   * Copies a new state of a clicked item from `state` at `from`. Returns Δh_i·Δh_j: how far it moved along with the state of
   * the click before. An item's first click of a session moves away from its vector, whatever state it had.
   */
  take(row: number, position: number, state: Float32Array, from: number): number {
    const slabs = this.#slabs;
    const { width } = slabs.bounds;
    const h = position * width;
    const move = row * width;
    const hadState = slabs.nodeClicks[position] > 1;
    const vectors = this.#vectors.numbers;
    const vector = slabs.nodeKey[position] * width;
    let together = 0;
    for (let d = 0; d < width; d++) {
      const before = hadState ? slabs.nodeState[h + d] : vectors[vector + d];
      const moved = state[from + d] - before;
      together += moved * slabs.lastMove[move + d];
      slabs.lastMove[move + d] = moved;
      slabs.nodeState[h + d] = state[from + d];
    }
    return together;
  }
}
