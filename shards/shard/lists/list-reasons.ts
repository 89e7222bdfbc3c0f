import type { Scorer } from '../../../model/scorer/scorer.js';
import type { Clock } from '../../../metrics/process/clock.js';
import { TunedItems } from '../../graph/communities/tuned-items.js';
import type { InterestGraph } from '../../graph/interest/interest-graph.js';
import { NODE } from '../../graph/interest/interest-slabs.js';
import { isClickedInSession } from '../../graph/interest/session-clicks.js';
import type { LiveUser } from '../../live/live-user.js';
import type { ScoredCandidates } from '../../ranking/scoring/candidate-scoring.js';
import type { CandidateSources } from '../../ranking/candidates/candidate-collector.js';
import { Contributions } from '../../ranking/reasons/contributions.js';
import { PART } from '../../ranking/reasons/reason-codes.js';
import { InterestSplit } from '../../ranking/reasons/interest-split.js';
import { NeighbourhoodGatherer, type ItemColumns } from '../../step/neighbourhood-gatherer.js';
import type { OrderedList } from '../../ranking/lists/ordered-list.js';
import { Proposers } from '../../ranking/reasons/proposers.js';
import { splitScore, type ScoreOrigins } from '../../ranking/reasons/score-split.js';
import { BATCH_USERS } from '../../wire/shard-limits.js';
import type { StepBatch } from '../../step/step-batch.js';
import type { ReasonRow } from '../../wire/slot-lists.js';

/** What reasons of a served model are made with. */
export interface ReasonContext {
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
  readonly #context: ReasonContext;
  readonly #split: InterestSplit | undefined;
  readonly #proposers: Proposers;
  readonly #contributions = new Contributions();
  readonly #tuned: TunedItems;
  /** By row: the user's number in the step's run, −1 for one whose stored interest scores. */
  readonly #wanted = new Map<number, number>();
  /** By row: the user's number in the split. */
  readonly #users = new Map<number, number>();

  constructor(context: ReasonContext) {
    this.#context = context;
    const { scorer, graph, vectors, columns, sources } = context;
    const gatherer = new NeighbourhoodGatherer(graph, vectors, columns, scorer.shape);
    this.#split = scorer.explainer && new InterestSplit(scorer.explainer, gatherer, BATCH_USERS);
    this.#proposers = new Proposers(sources, graph.slabs);
    this.#tuned = new TunedItems(graph.slabs, columns);
  }

  begin(): void {
    // Clearing makes a new table, empty or not.
    if (this.#wanted.size > 0) this.#wanted.clear();
  }

  /** Reasons will be asked for the lists of the user in `row`; `stepped` is the user's number in the step's run, −1 for none. */
  want(row: number, stepped: number): void {
    this.#wanted.set(row, stepped);
  }

  /** Users that `run` is for. */
  get wanted(): number {
    return this.#wanted.size;
  }

  run(): void {
    const split = this.#split;
    if (split === undefined) return;
    const { rows, users } = this.#context.step;
    split.begin();
    this.#users.clear();
    for (const [row, stepped] of this.#wanted) {
      const user =
        stepped < 0 ? split.addStored(row) : split.addFresh(rows, stepped, users[stepped].neighbourItems);
      if (user >= 0) this.#users.set(row, user);
    }
    split.run();
  }

  /** Reasons of a list's items, in order; the list was made of `scored`, the candidates of the user in `row`. */
  of(row: number, user: LiveUser, list: OrderedList, scored: ScoredCandidates): ReasonRow[] {
    const { clock } = this.#context;
    this.#proposers.split(list, row, user.search?.hits, clock.nowMs());
    const origins = this.#origins(row);
    this.#tuned.use(row);
    const into = this.#contributions;
    const reasons: ReasonRow[] = [];
    for (let i = 0; i < list.count; i++) {
      const item = list.items[i];
      const m = list.rows[i] >= 0 ? list.rows[i] : scored.items.subarray(0, scored.count).indexOf(item);
      into.begin();
      if (m < 0) into.add(PART.list, list.scores[i]);
      else {
        origins.weight = this.#proposers.weight(i);
        origins.votes = this.#proposers.votes(i);
        splitScore(into, scored, m, origins);
        // What the shopper said of an interest is in the score, and not in the ranker's columns.
        into.add(PART.list, list.scores[i] - scored.scores[m] + this.#tuned.stepOf(item));
      }
      reasons.push(into.reason(item));
    }
    return reasons;
  }

  #origins(row: number): ScoreOrigins {
    const { graph, columns, vectors, scorer } = this.#context;
    const { slabs } = graph;
    const start = row * slabs.bounds.clicks;
    const interest = this.#interest(row);
    return {
      clicks: slabs.clickItem.subarray(start, start + slabs.clickCount[row]),
      session: sessionItems(graph, row),
      category: columns.category,
      vectors,
      width: scorer.shape.width,
      ranker: scorer.ranker,
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
    const { width, neighbours } = this.#context.scorer.shape;
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
  const start = slabs.nodeStart[row];
  for (let node = start; node < start + slabs.nodeCount[row]; node++) {
    const isClicked = slabs.nodeKind[node] === NODE.item && isClickedInSession(slabs, row, node);
    if (isClicked) items.push(slabs.nodeKey[node]);
  }
  return items;
}
