import { FEATURE_COUNT } from '../../../model/features/feature-list.js';
import { CandidateKernel } from '../../../model/kernel/candidate-kernel.js';
import type { ProposedColumns } from '../../../model/kernel/proposed-columns.js';
import { itemVectors } from '../../../model/kernel/shared-vectors.js';
import { CandidateInputs, type ScoringContext, type SearchHits } from './candidate-inputs.js';
import type { CandidateSet } from '../candidates/candidate-set.js';
import { PROPOSAL } from '../candidates/proposal.js';

/** The scored candidates of one user; borrowed until the next user's are scored. */
export interface ScoredCandidates {
  /** Items of the candidates, and how many there are. */
  readonly items: Int32Array;
  readonly count: number;
  /** Final scores, comparable within the user only. */
  readonly scores: Float32Array;
  /** The ranker's columns, `stride` numbers apart: features, the network's score, the two cosines. */
  readonly columns: Float32Array;
  readonly stride: number;
}

/** Where in `columns` the network's scores begin. */
export function networkScoresAt({ stride }: Pick<ScoredCandidates, 'stride'>): number {
  return FEATURE_COUNT * stride;
}

/**
 * Scores the candidates of one user at a time: has what the graphs and the catalogue say of them written into the kernel's
 * buffers, and runs it. One per shard; nothing of a user stays but their scores, until the next one's.
 */
export class CandidateScoring implements ScoredCandidates {
  /** The kernel's: candidates that are collected into them are scored where they lie, others are copied to them. */
  readonly candidates: ProposedColumns;
  count = 0;
  readonly #kernel: CandidateKernel;
  readonly #context: ScoringContext;
  readonly #inputs: CandidateInputs;
  readonly #vectors: Float32Array;
  readonly #width: number;
  readonly #recents: number;

  /** `max` candidates of a user at most. */
  constructor(context: ScoringContext, max: number) {
    const { vectors, scorer } = context;
    this.#context = context;
    this.#kernel = new CandidateKernel(scorer.shape, scorer.ranker, vectors, max);
    this.#inputs = new CandidateInputs(context, this.#kernel);
    this.#vectors = itemVectors(vectors);
    this.#width = vectors.width;
    this.#recents = scorer.shape.recents;
    this.candidates = this.#kernel.proposed;
  }

  get items(): Int32Array {
    return this.#kernel.items;
  }

  get scores(): Float32Array {
    return this.#kernel.scores;
  }

  get columns(): Float32Array {
    return this.#kernel.columns;
  }

  get stride(): number {
    return this.#kernel.stride;
  }

  /** Nobody's: there are no candidates. */
  clear(): void {
    this.count = 0;
  }

  /** Scores all of `candidates` for the user in `row`. */
  run(row: number, candidates: CandidateSet, search: SearchHits | undefined, nowMs: number): void {
    this.count = candidates.count;
    if (candidates.count === 0) return;
    if (!candidates.isOver(this.candidates)) candidates.copyTo(this.candidates);
    this.#inputs.fill(row, candidates, search, nowMs);
    this.#putTargets(row);
    this.#kernel.run(candidates.count, this.#inputs.context);
  }

  /**
   * In the place of `run`, many times as cheap: scores all of `candidates` by how strongly the graphs propose them, what the shopper in
   * `row` has clicked less than that. No vector and no column is read; `columns` say nothing of these scores.
   */
  byProposal(row: number, candidates: CandidateSet): void {
    this.count = candidates.count;
    if (!candidates.isOver(this.candidates)) candidates.copyTo(this.candidates);
    const { scores } = this.#kernel;
    for (let i = 0; i < candidates.count; i++) scores[i] = candidates.weight[i];
    const { slabs } = this.#context.graph;
    const start = row * slabs.bounds.clicks;
    for (let i = start; i < start + slabs.clickCount[row]; i++) {
      const own = candidates.row(slabs.clickItem[i]);
      if (own >= 0) scores[own] -= PROPOSAL.hitWeight;
    }
  }

  /** The user's interest, and the vectors of their last clicks. */
  #putTargets(row: number): void {
    const { slabs } = this.#context.graph;
    const { targets } = this.#kernel;
    const width = this.#width;
    for (let d = 0; d < width; d++) targets[d] = slabs.interest[row * width + d];
    const start = row * slabs.bounds.clicks;
    const count = slabs.clickCount[row];
    for (let back = 1; back <= this.#recents; back++) {
      const to = back * width;
      const from = back > count ? -1 : slabs.clickItem[start + count - back] * width;
      for (let d = 0; d < width; d++) targets[to + d] = from < 0 ? 0 : this.#vectors[from + d];
    }
  }
}
