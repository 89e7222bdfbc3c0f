import type { Scorer } from '../../model/scorer/scorer.js';
import { StepRows } from '../../model/scorer/step-rows.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { NeighbourhoodGatherer, type ClickedBefore, type ItemColumns } from './neighbourhood.js';

/** Users in one run of the model. */
export const BATCH_USERS = 32;

/** A user of a run: whose click it is, and what the step sees. */
export interface SteppedUser {
  row: number;
  /** Node that gets a new state. */
  node: number;
  /** Item index of each row of the neighbourhood, −1 for rows that are no item. */
  readonly neighbourItems: Int32Array;
}

/**
 * One run of the model in the making: clicks are gathered from the graphs, `run` steps them, `keepStates` writes the new
 * states back. Buffers are made once. A click refers to its user's row, so no user may leave memory between `begin` and
 * `keepStates`.
 */
export class StepBatch {
  readonly rows: StepRows;
  /** Parallel to the users of `rows`. */
  readonly users: readonly SteppedUser[];
  readonly #scorer: Scorer;
  readonly #graph: InterestGraph;
  readonly #gatherer: NeighbourhoodGatherer;

  constructor(scorer: Scorer, graph: InterestGraph, columns: ItemColumns, vectors: Float32Array) {
    this.#scorer = scorer;
    this.#graph = graph;
    this.rows = new StepRows(scorer.shape, BATCH_USERS);
    this.#gatherer = new NeighbourhoodGatherer(graph, vectors, columns, scorer.shape);
    this.users = Array.from({ length: BATCH_USERS }, () => ({
      row: -1,
      node: -1,
      neighbourItems: new Int32Array(scorer.shape.neighbours),
    }));
  }

  begin(): void {
    this.rows.users = 0;
  }

  /** Adds the click of a user, whose node gets a new state. Returns the user's number in the run. */
  addClick(row: number, node: number, before: ClickedBefore): number {
    const number = this.rows.users++;
    const user = this.users[number];
    user.row = row;
    user.node = node;
    this.#gatherer.gather(this.rows, number, row, node, before, user.neighbourItems);
    return number;
  }

  run(): void {
    this.#scorer.step(this.rows);
  }

  /** Writes new states and interests into the graphs. */
  keepStates(): void {
    const { rows } = this;
    for (let number = 0; number < rows.users; number++) {
      const { row, node } = this.users[number];
      this.#graph.setState(
        row,
        node,
        rows.results,
        rows.newState(number),
        rows.results,
        rows.interest(number),
      );
    }
  }
}
