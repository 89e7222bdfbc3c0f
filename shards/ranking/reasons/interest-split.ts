import { dot } from '../../../model/kernel/dot.js';
import { createInterestBatch, type Explainer, type InterestBatch } from '../../../model/scorer/explainer.js';
import type { StepRows } from '../../../model/scorer/step-rows.js';
import { NODE } from '../../graph/interest/interest-slabs.js';
import {
  createSteppedUser,
  type ClickedBefore,
  type NeighbourhoodGatherer,
} from '../../step/neighbourhood-gatherer.js';
import { OTHERS_FIRST_ROW, othersMax } from '../../../model/scorer/interest-rules.js';
import { RELATION, type ScorerShape } from '../../../model/scorer/step-shape.js';

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
  readonly #gatherer: NeighbourhoodGatherer;
  readonly #shape: ScorerShape;
  /** Int32 [userMax, N + 2]: item of each part, or `PART_OF`. */
  readonly #owners: Int32Array;

  /** `userMax`: explained users of a round at most. */
  constructor(explainer: Explainer, gatherer: NeighbourhoodGatherer, userMax: number) {
    const { shape } = gatherer;
    this.#explainer = explainer;
    this.#shape = shape;
    this.#gatherer = gatherer;
    this.batch = createInterestBatch(shape, userMax);
    this.#owners = new Int32Array(userMax * (shape.neighbours + 2));
  }

  begin(): void {
    this.batch.rows.users = 0;
  }

  /** Items, or `PART_OF`, of the parts of a user; borrowed. */
  owners(user: number): Int32Array {
    const parts = this.#shape.neighbours + 2;
    return this.#owners.subarray(user * parts, (user + 1) * parts);
  }

  /** Adds user `from` of a run of the step, whose rows are `items`. Returns their number. */
  addFresh(stepped: StepRows, from: number, items: Int32Array): number {
    const { rows } = this.batch;
    const user = rows.users++;
    rows.copyUser(user, stepped, from);
    this.#own(user, items);
    return user;
  }

  /** Adds the user of a row as their last click left them. Returns their number, −1 for one who has clicked nothing. */
  addStored(row: number): number {
    const { graph } = this.#gatherer;
    const { slabs } = graph;
    const clicks = slabs.clickCount[row];
    if (clicks === 0) return -1;
    const last = slabs.clickItem[row * slabs.bounds.clicks + clicks - 1];
    const node = graph.find(row, NODE.item, last);
    if (node < 0) return -1;
    const { neighbours } = this.#shape;
    const { rows } = this.batch;
    const user = rows.users++;
    const stepped = createSteppedUser(neighbours);
    stepped.row = row;
    stepped.node = node;
    this.#gatherer.gather(rows, user, stepped, FIRST_TIME);
    slabs.nodeState.read(slabs.nodeStart[row] + node, rows.results, rows.newState(user));
    this.#own(user, stepped.neighbourItems);
    return user;
  }

  run(): void {
    if (this.batch.rows.users > 0) this.#explainer.run(this.batch);
  }

  #own(user: number, items: Int32Array): void {
    const { neighbours } = this.#shape;
    const owners = this.owners(user);
    owners.fill(PART_OF.none);
    owners.set(items);
    owners[neighbours] = items[0];
    owners[neighbours + 1] = PART_OF.slow;
    const size = neighbours * neighbours;
    const spread = this.batch.spread.subarray(user * size, (user + 1) * size);
    spread.fill(0);
    for (let j = 0; j < neighbours; j++) {
      const { relation } = this.batch.rows.codesOf(user, j);
      if (relation === RELATION.earlier) owners[j] = items[0];
      else if (relation === RELATION.term) owners[j] = PART_OF.search;
      if (relation === RELATION.category || relation === RELATION.brand) this.#spreadMean(user, j, items);
      else spread[j * neighbours + j] = 1;
    }
  }

  /** A context row is the sum of its members' vectors over the sum's length, which is the sum of their dots with it. */
  #spreadMean(user: number, context: number, items: Int32Array): void {
    const { neighbours } = this.#shape;
    const { rows, spread } = this.batch;
    const { category, brand } = this.#gatherer.columns;
    const codes = rows.codesOf(user, context).relation === RELATION.category ? category : brand;
    const at = (user * neighbours + context) * neighbours;
    const into = spread.subarray(at, at + neighbours);
    let length = 0;
    for (let j = OTHERS_FIRST_ROW; j < OTHERS_FIRST_ROW + othersMax(neighbours); j++) {
      if (items[j] < 0 || codes[items[j]] !== codes[items[0]]) continue;
      into[j] = 1;
      length += this.#dot(rows.node(user, j), rows.node(user, context));
    }
    for (let j = 0; j < neighbours; j++) into[j] /= length;
  }

  #dot(a: number, b: number): number {
    const { rows } = this.batch.rows;
    return dot(rows, a, rows, b, this.#shape.width);
  }
}
