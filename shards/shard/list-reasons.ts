import type { Scorer } from '../../model/scorer/scorer.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import { NODE } from '../graph/interest/interest-slabs.js';
import type { LiveUser } from './live-user.js';
import type { ScoredCandidates } from '../ranking/scoring/candidate-scoring.js';
import type { CandidateSources } from '../ranking/candidates/candidates.js';
import { Contributions, PART } from '../ranking/reasons/contributions.js';
import { InterestSplit } from '../ranking/reasons/interest-split.js';
import { NeighbourhoodGatherer, type ItemColumns } from '../step/neighbourhood.js';
import type { OrderedList } from '../ranking/lists/ordered-list.js';
import { Proposers } from '../ranking/reasons/proposers.js';
import { splitScore, type SplitInputs } from '../ranking/reasons/score-split.js';
import { BATCH_USERS, type StepBatch } from '../step/step-batch.js';
import type { ReasonRow } from '../wire/slot-lists.js';

export interface ListReasonsParts {
  readonly scorer: Scorer;
  readonly sources: CandidateSources;
  readonly step: StepBatch;
  readonly graph: InterestGraph;
  readonly vectors: Float32Array;
  readonly columns: ItemColumns;
  readonly clock: Clock;
}

/** An interest that is not split: all of it is the group's. */
const UNSPLIT = { parts: new Float32Array(0), owners: new Int32Array(0) };

/**
 * Reasons of lists. Users that want them are named between `begin` and `run`; `run` takes their interests apart after the step
 * has run, and costs nothing when there are none. With a model that has no explainer an interest stays in one piece. One per
 * shard.
 */
export class ListReasons {
  readonly #parts: ListReasonsParts;
  readonly #split: InterestSplit | undefined;
  readonly #proposers: Proposers;
  readonly #contributions = new Contributions();
  /** By slot: the user's number in the step's run, −1 for one who is scored with his stored interest. */
  readonly #wanted = new Map<number, number>();
  /** By slot: the user's number in the split. */
  readonly #users = new Map<number, number>();

  constructor(parts: ListReasonsParts) {
    this.#parts = parts;
    const { scorer, graph, vectors, columns, sources } = parts;
    const gatherer = new NeighbourhoodGatherer(graph, vectors, columns, scorer.shape);
    this.#split =
      scorer.explainer &&
      new InterestSplit(scorer.explainer, scorer.shape, graph, gatherer, columns, BATCH_USERS);
    this.#proposers = new Proposers(sources, graph.slabs.bounds.clicks);
  }

  begin(): void {
    // Clearing makes a new table, empty or not.
    if (this.#wanted.size > 0) this.#wanted.clear();
  }

  /** Reasons will be asked for the lists of the user in `slot`; `stepped` is his number in the step's run, −1 for none. */
  want(row: number, stepped: number): void {
    this.#wanted.set(row, stepped);
  }

  /** True when there is something to `run`. */
  get isWanted(): boolean {
    return this.#wanted.size > 0;
  }

  run(): void {
    const split = this.#split;
    if (split === undefined) return;
    const { rows, users } = this.#parts.step;
    split.begin();
    this.#users.clear();
    for (const [slot, stepped] of this.#wanted) {
      const user =
        stepped < 0 ? split.addStored(slot) : split.addFresh(rows, stepped, users[stepped].neighbourItems);
      if (user >= 0) this.#users.set(slot, user);
    }
    split.run();
  }

  /** Reasons of a list's items, in order; the list was made of `scored`, the candidates of the user in `slot`. */
  of(row: number, user: LiveUser, list: OrderedList, scored: ScoredCandidates): ReasonRow[] {
    const { graph, clock, scorer } = this.#parts;
    this.#proposers.split(list.items, list.count, graph.slabs, row, user.search?.hits, clock.nowMs());
    const inputs = this.#inputs(row);
    const into = this.#contributions;
    const reasons: ReasonRow[] = [];
    for (let i = 0; i < list.count; i++) {
      const item = list.items[i];
      const m = list.rows[i] >= 0 ? list.rows[i] : scored.items.subarray(0, scored.count).indexOf(item);
      into.begin();
      if (m < 0) into.add(PART.list, list.scores[i]);
      else {
        inputs.weight = this.#proposers.weight(i);
        inputs.votes = this.#proposers.votes(i);
        splitScore(into, item, scored, m, scorer.ranker, inputs);
        into.add(PART.list, list.scores[i] - scored.scores[m]);
      }
      reasons.push(into.reason(item));
    }
    return reasons;
  }

  #inputs(row: number): SplitInputs {
    const { graph, columns, vectors, scorer } = this.#parts;
    const { slabs } = graph;
    const start = row * slabs.bounds.clicks;
    const interest = this.#interest(row);
    return {
      clicks: slabs.clickItem.subarray(start, start + slabs.clickCount[row]),
      session: sessionItems(graph, row),
      category: columns.category,
      vectors,
      width: scorer.shape.width,
      recents: scorer.shape.recents,
      interestParts: interest.parts,
      interestOwners: interest.owners,
      weight: this.#proposers.weight(0),
      votes: this.#proposers.votes(0),
    };
  }

  #interest(row: number): { readonly parts: Float32Array; readonly owners: Int32Array } {
    const user = this.#users.get(row);
    if (this.#split === undefined || user === undefined) return UNSPLIT;
    const { width, neighbours } = this.#parts.scorer.shape;
    const size = (neighbours + 2) * width;
    return {
      parts: this.#split.batch.parts.subarray(user * size, (user + 1) * size),
      owners: this.#split.owners(user),
    };
  }
}

/** Items clicked in the running session. */
function sessionItems({ slabs }: InterestGraph, row: number): number[] {
  const items: number[] = [];
  const start = row * slabs.bounds.nodes;
  for (let node = start; node < start + slabs.nodeCount[row]; node++) {
    const isClicked = slabs.nodeOrder[node] > 0 && slabs.nodeOrder[node] >= slabs.sessionOrder[row];
    if (slabs.nodeKind[node] === NODE.item && isClicked) items.push(slabs.nodeKey[node]);
  }
  return items;
}
