import { createInterestBatch, type Explainer, type InterestBatch } from '../../model/explainer.js';
import { RELATION, type ScoreBatch, type ScorerShape } from '../../model/scorer.js';
import type { InterestGraph } from '../graph/interest-graph.js';
import { NODE } from '../graph/interest-slabs.js';
import {
  CONTEXT_ROWS,
  ITEM_ROWS_FIRST,
  type ClickedBefore,
  type ItemColumns,
  type NeighbourhoodGatherer,
} from './neighbourhood.js';

/** Whose a part of an interest is, where it is no item's: nobody's (zeros), the search's, that of earlier sessions. */
export const PART_OF = { none: -1, search: -2, slow: -3 } as const;

const FIRST_TIME: ClickedBefore = { hasState: false, atMs: 0, kind: 0 };

/**
 * Takes the interests of a round's explained users apart, into vectors that belong to items. A user whose click ran a step
 * is split by what the step saw. For others, scored with a stored interest, the neighbourhood of their last click is
 * gathered again; what has changed since (an earlier state of the same item is overwritten) leaves a remainder.
 */
export class InterestSplit {
  readonly batch: InterestBatch;
  readonly #explainer: Explainer;
  readonly #graph: InterestGraph;
  readonly #gatherer: NeighbourhoodGatherer;
  readonly #columns: ItemColumns;
  readonly #shape: ScorerShape;
  /** Int32 [userMax, N + 2]: item of each part, or `PART_OF`. */
  readonly #owners: Int32Array;

  constructor(
    explainer: Explainer,
    shape: ScorerShape,
    graph: InterestGraph,
    gatherer: NeighbourhoodGatherer,
    columns: ItemColumns,
    userMax: number,
  ) {
    this.#explainer = explainer;
    this.#shape = shape;
    this.#graph = graph;
    this.#gatherer = gatherer;
    this.#columns = columns;
    this.batch = createInterestBatch(shape, userMax);
    this.#owners = new Int32Array(userMax * (shape.neighbours + 2));
  }

  begin(): void {
    this.batch.users = 0;
  }

  /** Items, or `PART_OF`, of the parts of a user; borrowed. */
  owners(user: number): Int32Array {
    const parts = this.#shape.neighbours + 2;
    return this.#owners.subarray(user * parts, (user + 1) * parts);
  }

  /** Adds the user of row `from` of a batch that has run, in which `items` are the rows' items. Returns his number. */
  addFresh(scored: ScoreBatch, from: number, items: Int32Array): number {
    const { neighbours, width } = this.#shape;
    const { batch } = this;
    const user = batch.users++;
    for (const field of ['relation', 'gap', 'kind', 'age'] as const)
      copyRow(batch[field], user, scored[field], from, neighbours);
    for (const field of ['nodes', 'states'] as const)
      copyRow(batch[field], user, scored[field], from, neighbours * width);
    for (const field of ['slow', 'state'] as const) copyRow(batch[field], user, scored[field], from, width);
    this.#own(user, items);
    return user;
  }

  /** Adds the user of a slot as his last click left him. Returns his number, −1 for one who has clicked nothing. */
  addStored(slot: number): number {
    const { slabs } = this.#graph;
    const clicks = slabs.clickCount[slot];
    if (clicks === 0) return -1;
    const last = slabs.clickItem[slot * slabs.bounds.clicks + clicks - 1];
    const node = this.#graph.find(slot, NODE.item, last);
    if (node < 0) return -1;
    const { width, neighbours } = this.#shape;
    const user = this.batch.users++;
    const items = new Int32Array(neighbours);
    this.#gatherer.gather(this.batch, user, slot, node, FIRST_TIME, items);
    copyRow(this.batch.state, user, slabs.nodeState, slot * slabs.bounds.nodes + node, width);
    copyRow(this.batch.slow, user, slabs.slow, slot, width);
    this.#own(user, items);
    return user;
  }

  async run(): Promise<void> {
    if (this.batch.users > 0) await this.#explainer.run(this.batch);
  }

  #own(user: number, items: Int32Array): void {
    const { neighbours } = this.#shape;
    const owners = this.owners(user);
    owners.fill(PART_OF.none);
    owners.set(items);
    owners[neighbours] = items[0];
    owners[neighbours + 1] = PART_OF.slow;
    const row = user * neighbours;
    const spread = this.batch.spread.subarray(row * neighbours, (row + neighbours) * neighbours);
    spread.fill(0);
    for (let j = 0; j < neighbours; j++) {
      const relation = this.batch.relation[row + j];
      if (relation === RELATION.earlier) owners[j] = items[0];
      else if (relation === RELATION.term) owners[j] = PART_OF.search;
      if (relation === RELATION.category) this.#spreadMean(user, j, this.#columns.category, items, spread);
      else if (relation === RELATION.brand) this.#spreadMean(user, j, this.#columns.brand, items, spread);
      else spread[j * neighbours + j] = 1;
    }
  }

  /** A context row is the sum of its members' vectors over the sum's length, which is the sum of their dots with it. */
  #spreadMean(
    user: number,
    context: number,
    codes: Int32Array,
    items: Int32Array,
    spread: Float32Array,
  ): void {
    const { neighbours } = this.#shape;
    const row = user * neighbours;
    const into = spread.subarray(context * neighbours, (context + 1) * neighbours);
    let length = 0;
    for (let j = ITEM_ROWS_FIRST; j < neighbours - CONTEXT_ROWS; j++) {
      if (items[j] < 0 || codes[items[j]] !== codes[items[0]]) continue;
      into[j] = 1;
      length += this.#dot(row + j, row + context);
    }
    for (let j = 0; j < neighbours; j++) into[j] /= length;
  }

  #dot(a: number, b: number): number {
    const { width } = this.#shape;
    const { nodes } = this.batch;
    let sum = 0;
    for (let d = 0; d < width; d++) sum += nodes[a * width + d] * nodes[b * width + d];
    return sum;
  }
}

function copyRow<T extends Float32Array | Int32Array>(
  to: T,
  toRow: number,
  from: T,
  fromRow: number,
  size: number,
): void {
  to.set(from.subarray(fromRow * size, (fromRow + 1) * size), toRow * size);
}
