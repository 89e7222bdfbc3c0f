import type { Scorer } from '../model/scorer.js';
import type { Clock } from '../metrics/clock.js';
import type { ReasonRow } from './api.js';
import type { InterestGraph } from './graph/interest-graph.js';
import { NODE } from './graph/interest-slabs.js';
import type { LiveUser } from './live-user.js';
import type { CandidateSources } from './ranking/candidates.js';
import { SOURCE } from './ranking/candidate-set.js';
import { Contributions, PART } from './ranking/contributions.js';
import { InterestSplit } from './ranking/interest-split.js';
import type { CandidateRows } from './ranking/list-maker.js';
import { NeighbourhoodGatherer, type ItemColumns } from './ranking/neighbourhood.js';
import type { OrderedList } from './ranking/ordered-list.js';
import { Proposers } from './ranking/proposers.js';
import { explain } from './ranking/reasons.js';
import { splitScore, type SplitInputs } from './ranking/score-split.js';
import type { SeenLookup } from './ranking/seen-lookup.js';
import { BATCH_USERS, type StepBatch } from './step-batch.js';

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
 * Reasons of lists. Rows that want them are named between `begin` and `run`; `run` takes their interests apart after the
 * model has run, and costs nothing when there are none. With a model that has no explainer, reasons come without parts,
 * from attention alone. One per shard.
 */
export class ListReasons {
  readonly #parts: ListReasonsParts;
  readonly #split: InterestSplit | undefined;
  readonly #proposers: Proposers;
  readonly #contributions = new Contributions();
  readonly #wanted: number[] = [];
  /** The split's user of each row; −1: none. */
  readonly #userOfRow = new Int32Array(BATCH_USERS);

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
    this.#wanted.length = 0;
  }

  /** Reasons will be asked for the lists of a row. */
  want(row: number): void {
    this.#wanted.push(row);
  }

  /** True when there is something to `run`. */
  get isWanted(): boolean {
    return this.#wanted.length > 0;
  }

  async run(): Promise<void> {
    const split = this.#split;
    if (split === undefined) return;
    const { step } = this.#parts;
    split.begin();
    this.#userOfRow.fill(-1);
    for (const row of this.#wanted) {
      const { slot, node, neighbourItems } = step.rows[row];
      this.#userOfRow[row] =
        node >= 0 ? split.addFresh(step.batch, row, neighbourItems) : split.addStored(slot);
    }
    await split.run();
  }

  /** Reasons of a list's items, in order. `seen` holds the user's marks. */
  of(row: number, user: LiveUser, list: OrderedList, seen: SeenLookup): ReasonRow[] {
    const ranker = this.#parts.scorer.explainer?.ranker;
    if (ranker === undefined) return this.#attended(row, list, seen);
    const { step, graph, clock } = this.#parts;
    const { slot, candidates } = step.rows[row];
    this.#proposers.split(list.items, list.count, graph.slabs, slot, user.search?.hits, clock.nowMs());
    const inputs = this.#inputs(row, slot);
    const into = this.#contributions;
    const reasons: ReasonRow[] = [];
    for (let i = 0; i < list.count; i++) {
      const item = list.items[i];
      const at = list.rows[i] >= 0 ? list.rows[i] : indexIn(candidates, item);
      into.begin();
      if (at < 0) into.add(PART.list, list.scores[i]);
      else {
        const m = candidates.first + at;
        inputs.weight = this.#proposers.weight(i);
        inputs.votes = this.#proposers.votes(i);
        splitScore(into, item, step.batch, m, ranker, inputs);
        into.add(PART.list, list.scores[i] - step.batch.score[m]);
      }
      reasons.push(into.reason(item));
    }
    return reasons;
  }

  #inputs(row: number, slot: number): SplitInputs {
    const { graph, columns, vectors, scorer } = this.#parts;
    const { slabs } = graph;
    const start = slot * slabs.bounds.clicks;
    const interest = this.#interest(row);
    return {
      clicks: slabs.clickItem.subarray(start, start + slabs.clickCount[slot]),
      session: sessionItems(graph, slot),
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
    const user = this.#userOfRow[row];
    if (this.#split === undefined || user < 0 || !this.#wanted.includes(row)) return UNSPLIT;
    const { width, neighbours } = this.#parts.scorer.shape;
    const size = (neighbours + 2) * width;
    return {
      parts: this.#split.batch.parts.subarray(user * size, (user + 1) * size),
      owners: this.#split.owners(user),
    };
  }

  /** Reasons by attention and likeness, for a model that cannot take its scores apart. */
  #attended(row: number, list: OrderedList, seen: SeenLookup): ReasonRow[] {
    const { step, graph, vectors } = this.#parts;
    const { slot, neighbourItems, candidates } = step.rows[row];
    const { attention } = step.batch;
    const attended = { items: neighbourItems, attention, attentionAt: row * neighbourItems.length };
    const reasons: ReasonRow[] = [];
    for (let i = 0; i < list.count; i++) {
      const proposal = list.rows[i] < 0 ? SOURCE.trend : step.proposals[candidates.first + list.rows[i]];
      reasons.push(explain(list.items[i], proposal, attended, vectors, graph.slabs, slot, seen));
    }
    return reasons;
  }
}

/** Items clicked in the running session. */
function sessionItems({ slabs }: InterestGraph, slot: number): number[] {
  const items: number[] = [];
  const start = slot * slabs.bounds.nodes;
  for (let node = start; node < start + slabs.nodeCount[slot]; node++) {
    const isClicked = slabs.nodeOrder[node] > 0 && slabs.nodeOrder[node] >= slabs.sessionOrder[slot];
    if (slabs.nodeKind[node] === NODE.item && isClicked) items.push(slabs.nodeKey[node]);
  }
  return items;
}

/** Place of an item among a user's candidates, −1 when it is none: a list may hold items below those it was cut from. */
function indexIn({ items, first, count }: CandidateRows, item: number): number {
  return items.subarray(first, first + count).indexOf(item);
}
