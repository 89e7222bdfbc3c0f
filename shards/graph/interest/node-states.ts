import { NODE, type InterestSlabs } from './interest-slabs.js';
import { toUnitLength, type VectorTable } from './vector-table.js';

/** How states of nodes begin and change. Positions are `nodeStart[row] + node`. */
export class NodeStates {
  readonly #slabs: InterestSlabs;
  /** Of unit length. */
  readonly #vectors: VectorTable;
  /** Float32 [D], one state in full. */
  readonly #state: Float32Array;

  constructor(slabs: InterestSlabs, vectors: VectorTable) {
    this.#slabs = slabs;
    this.#vectors = vectors;
    this.#state = new Float32Array(slabs.bounds.width);
  }

  /** An item begins with its vector as its state, any other node with zeros. */
  begin(position: number): void {
    const { nodeState, nodeKind, nodeKey, bounds } = this.#slabs;
    if (nodeKind[position] === NODE.item)
      nodeState.write(position, this.#vectors.numbers, nodeKey[position] * bounds.width);
    else nodeState.clear(position, 1);
  }

  /** The state becomes the unit mean of the vectors of `items`, one at least. */
  setMean(position: number, items: Int32Array): void {
    const mean = this.#state;
    mean.fill(0);
    for (let i = 0; i < items.length; i++) this.#vectors.addTo(mean, 0, items[i]);
    toUnitLength(mean, 0, mean.length);
    this.#slabs.nodeState.write(position, mean, 0);
  }

  /**
   * Copies a new state of a clicked item from `state` at `from`. Returns Δh_i·Δh_j: how far it moved along with the state of
   * the click before. An item's first click of a session moves away from its vector, whatever state it had.
   */
  take(row: number, position: number, state: Float32Array, from: number): number {
    const slabs = this.#slabs;
    const { width } = slabs.bounds;
    const { lastMove } = slabs;
    const move = row * width;
    const hadState = slabs.nodeClicks[position] > 1;
    if (hadState) slabs.nodeState.read(position, this.#state, 0);
    const before = hadState ? this.#state : this.#vectors.numbers;
    const start = hadState ? 0 : slabs.nodeKey[position] * width;
    let together = 0;
    for (let d = 0; d < width; d++) {
      const moved = state[from + d] - before[start + d];
      together += moved * lastMove[move + d];
      lastMove[move + d] = moved;
    }
    slabs.nodeState.write(position, state, from);
    return together;
  }
}
