import { createScoreBatch } from '../model/score-batch.js';
import type { ScoreBatch, Scorer } from '../model/scorer.js';
import type { InterestGraph } from './graph/interest-graph.js';
import { CandidateFeatures, type SearchHits } from './ranking/candidate-features.js';
import type { CandidateSet } from './ranking/candidate-set.js';
import type { CandidateRows } from './ranking/list-maker.js';
import { NeighbourhoodGatherer, type ClickedBefore, type ItemColumns } from './ranking/neighbourhood.js';
import type { InteractionGraph } from './graph/interaction-graph.js';
import type { SeenLookup } from './ranking/seen-lookup.js';

/** Users in one run of the model, and candidates of all of them; a user's candidates never spread over two runs. */
export const BATCH_USERS = 32;
export const BATCH_CANDIDATES = 8_192;

/** Row `user` of a batch: who it is for, and his candidates. */
export interface BatchRow {
  slot: number;
  /** Node that gets a new state; −1 scores with the stored interest. */
  node: number;
  /** Item index of each row of the neighbourhood, −1 for rows that are no item. */
  readonly neighbourItems: Int32Array;
  readonly candidates: CandidateRows;
}

/**
 * One run of the model in the making: rows are gathered from the graphs, `run` scores them, `keepStates` writes the new
 * states back. Buffers are made once. A row refers to its user's slot, so no user may leave memory between `begin` and
 * `keepStates`.
 */
export class StepBatch {
  readonly batch: ScoreBatch;
  readonly rows: BatchRow[] = [];
  /** Item index of each candidate; parallel to the batch's candidate rows. */
  readonly items: Int32Array;
  /** What proposed each of them, see `CandidateSet.proposal`. */
  readonly proposals = new Uint8Array(BATCH_CANDIDATES);
  readonly #scorer: Scorer;
  readonly #graph: InterestGraph;
  readonly #gatherer: NeighbourhoodGatherer;
  readonly #features: CandidateFeatures;
  readonly #vectors: Float32Array;

  constructor(
    scorer: Scorer,
    graph: InterestGraph,
    interactions: InteractionGraph,
    columns: ItemColumns,
    vectors: Float32Array,
  ) {
    this.#scorer = scorer;
    this.#graph = graph;
    this.#vectors = vectors;
    this.batch = createScoreBatch(scorer.shape, BATCH_USERS, BATCH_CANDIDATES);
    this.items = new Int32Array(BATCH_CANDIDATES);
    this.#gatherer = new NeighbourhoodGatherer(graph, vectors, columns, scorer.shape);
    this.#features = new CandidateFeatures(this.batch, interactions, graph, columns, vectors);
    for (let row = 0; row < BATCH_USERS; row++) {
      this.rows.push({
        slot: -1,
        node: -1,
        neighbourItems: new Int32Array(scorer.shape.neighbours),
        candidates: { items: this.items, first: 0, count: 0 },
      });
    }
  }

  get isFull(): boolean {
    return this.batch.users === BATCH_USERS;
  }

  begin(): void {
    this.batch.users = 0;
    this.batch.candidates = 0;
  }

  /** Adds a row whose clicked node gets a new state. Returns its number. */
  addClick(slot: number, node: number, before: ClickedBefore): number {
    const user = this.#addRow(slot, node);
    this.batch.fresh[user] = 1;
    this.#gatherer.gather(this.batch, user, slot, node, before, this.rows[user].neighbourItems);
    return user;
  }

  /** Adds a row that scores with the user's stored interest. Returns its number. */
  addStored(slot: number): number {
    const { neighbours, width } = this.#scorer.shape;
    const user = this.#addRow(slot, -1);
    const { batch } = this;
    batch.fresh[user] = 0;
    for (const field of [batch.relation, batch.gap, batch.kind, batch.age])
      field.fill(0, user * neighbours, (user + 1) * neighbours);
    for (const field of [batch.nodes, batch.states])
      field.fill(0, user * neighbours * width, (user + 1) * neighbours * width);
    this.rows[user].neighbourItems.fill(-1);
    return user;
  }

  /** True when `count` more candidates fit into this run. */
  hasRoomFor(count: number): boolean {
    return this.batch.candidates + count <= BATCH_CANDIDATES;
  }

  addCandidates(
    user: number,
    candidates: CandidateSet,
    search: SearchHits | undefined,
    seen: SeenLookup,
    nowMs: number,
  ): void {
    const row = this.rows[user];
    row.candidates.first = this.#features.append(user, row.slot, candidates, search, seen, nowMs);
    row.candidates.count = candidates.count;
    for (let i = 0; i < candidates.count; i++) {
      this.items[row.candidates.first + i] = candidates.item[i];
      this.proposals[row.candidates.first + i] = candidates.proposal(i);
    }
  }

  async run(): Promise<void> {
    if (this.batch.users > 0) await this.#scorer.run(this.batch);
  }

  /** Writes new states and interests into the graphs of the rows that had a click. */
  keepStates(): void {
    const { width } = this.#scorer.shape;
    const { state, interest } = this.batch;
    for (let user = 0; user < this.batch.users; user++) {
      const { slot, node } = this.rows[user];
      if (node >= 0) this.#graph.setState(slot, node, state, user * width, interest, user * width);
    }
  }

  #addRow(slot: number, node: number): number {
    const { batch } = this;
    const user = batch.users++;
    const { slabs } = this.#graph;
    const { width, recents } = this.#scorer.shape;
    const row = this.rows[user];
    row.slot = slot;
    row.node = node;
    row.candidates.count = 0;
    batch.slow.set(slabs.slow.subarray(slot * width, (slot + 1) * width), user * width);
    batch.stored.set(slabs.interest.subarray(slot * width, (slot + 1) * width), user * width);
    this.#putRecents(user, slot, recents, width);
    return user;
  }

  #putRecents(user: number, slot: number, recents: number, width: number): void {
    const { slabs } = this.#graph;
    const start = slot * slabs.bounds.clicks;
    const count = slabs.clickCount[slot];
    let to = user * recents * width;
    for (let back = 1; back <= recents; back++, to += width) {
      if (back > count) {
        this.batch.recent.fill(0, to, to + width);
        continue;
      }
      const vector = slabs.clickItem[start + count - back] * width;
      for (let d = 0; d < width; d++) this.batch.recent[to + d] = this.#vectors[vector + d];
    }
  }
}
