import type { Scorer } from '../../model/scorer/scorer.js';
import { StepRows } from '../../model/scorer/step-rows.js';
import { BATCH_USERS } from '../wire/shard-limits.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import {
  createSteppedUser,
  NeighbourhoodGatherer,
  type ClickedBefore,
  type ItemColumns,
  type SteppedUser,
} from './neighbourhood-gatherer.js';

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
    this.users = Array.from({ length: BATCH_USERS }, () => createSteppedUser(scorer.shape.neighbours));
  }

  begin(): void {
    this.rows.users = 0;
  }

  /** Adds the click of a user, whose node gets a new state. Returns the user's number in the run. */
  addClick(row: number, node: number, before: ClickedBefore): number {
    const number = this.rows.users;
    const user = this.users[number];
    user.row = row;
    user.node = node;
    this.#gatherer.gather(this.rows, number, user, before);
    this.rows.users++;
    return number;
  }

  run(): void {
    this.#scorer.step(this.rows);
  }

  /** Writes new states and interests into the graphs; none of them, and throws, when one of their numbers is not finite. */
  keepStates(): void {
    const { rows } = this;
    let sum = 0;
    const end = rows.users === 0 ? 0 : rows.newState(rows.users);
    for (let i = 0; i < end; i++) sum += rows.results[i] - rows.results[i];
    if (sum !== 0) throw new Error('the model gave a number that is not finite');
    for (let number = 0; number < rows.users; number++) {
      const { row, node } = this.users[number];
      // The interest follows the new state, which is where the graph looks for it.
      this.#graph.setState(row, node, rows.results, rows.newState(number));
    }
  }
}
