import type { InterestSlabs } from '../../graph/interest/interest-slabs.js';
import type { CandidateSources } from '../candidates/candidate-collector.js';
import { LastClicks } from '../candidates/last-clicks.js';
import type { OrderedList } from '../lists/ordered-list.js';
import { PROPOSAL, similarWeight, transitionScale, transitionWeight } from '../candidates/proposal.js';

/**
 * Who proposed some candidates of a user, by click: what each click added to the weight that `CandidateCollector` gives
 * them, and to the votes of neighbour sessions. One per shard, filled anew for each list that is explained.
 */
export class Proposers {
  /** Clicks C that a user's graph keeps; column c of a row is the c-th of them, oldest first. */
  readonly clicks: number;
  readonly #sources: CandidateSources;
  readonly #slabs: InterestSlabs;
  readonly #last = new LastClicks();
  /** Row of each item. */
  readonly #rows = new Map<number, number>();
  /** [rows, C + 2]: the last two columns are the search and the trends. */
  #weight: Float64Array = new Float64Array(0);
  /** [rows, C]. */
  #votes: Float64Array = new Float64Array(0);

  constructor(sources: CandidateSources, slabs: InterestSlabs) {
    this.#sources = sources;
    this.#slabs = slabs;
    this.clicks = slabs.bounds.clicks;
  }

  /** Parts of the weight of the item in `row`, [C + 2]: by click, then the search's, then the trends'. Borrowed. */
  weight(row: number): Float64Array {
    return this.#weight.subarray(row * (this.clicks + 2), (row + 1) * (this.clicks + 2));
  }

  /** Parts of the votes for the item in `row`, [C], by click. Borrowed. */
  votes(row: number): Float64Array {
    return this.#votes.subarray(row * this.clicks, (row + 1) * this.clicks);
  }

  /** Takes the items of a list of the user in `row`, whose latest search found `hits`; `items[i]` gets row i. */
  split(
    { items, count }: Pick<OrderedList, 'items' | 'count'>,
    userRow: number,
    hits: Int32Array | undefined,
    nowMs: number,
  ): void {
    this.#weight = zeros(this.#weight, count * (this.clicks + 2));
    this.#votes = zeros(this.#votes, count * this.clicks);
    this.#rows.clear();
    for (let row = 0; row < count; row++) this.#rows.set(items[row], row);
    const last = this.#last;
    last.use(this.#slabs, userRow);
    this.#addTransitions(nowMs);
    this.#addVotes();
    for (let c = last.start; c < last.end; c++) this.#add(last.items[c], c - last.start, PROPOSAL.hitWeight);
    this.#addSimilar();
    if (hits !== undefined)
      for (let i = 0; i < hits.length; i++) this.#add(hits[i], this.clicks, PROPOSAL.hitWeight);
    const { trends } = this.#sources;
    for (let i = 0; i < trends.count && i < PROPOSAL.trends; i++)
      this.#add(trends.items[i], this.clicks + 1, PROPOSAL.trendWeight * (PROPOSAL.trends - i));
  }

  #add(item: number, column: number, weight: number): void {
    const row = this.#rows.get(item);
    if (row !== undefined) this.#weight[row * (this.clicks + 2) + column] += weight;
  }

  #addTransitions(nowMs: number): void {
    const { items, start, end } = this.#last;
    const graph = this.#sources.interactions;
    const { arrays, shared } = graph;
    let fade = 1;
    const first = this.#last.first(PROPOSAL.transitionClicks);
    for (let c = end - 1; c >= first; c--, fade *= PROPOSAL.ageFade) {
      const item = items[c];
      const factor = graph.rowFactor(item, nowMs);
      const scale = transitionScale(fade, factor, arrays.outgoing[item]);
      const from = item * shared.bounds.neighbours;
      for (let i = from; i < from + arrays.rowCount[item]; i++)
        this.#add(arrays.other[i], c - start, scale * transitionWeight(arrays.next[i], arrays.together[i]));
    }
  }

  #addVotes(): void {
    const columns = this.clicks;
    const { neighbours } = this.#sources;
    if (neighbours === null) return;
    const best = neighbours.splitVotes(this.#last, (item, click, votes) => {
      const row = this.#rows.get(item);
      if (row !== undefined) this.#votes[row * columns + click] += votes;
    });
    if (best === 0) return;
    for (const [item, row] of this.#rows)
      this.votes(row).forEach((votes, click) =>
        this.#add(item, click, (PROPOSAL.neighbourWeight * votes) / best),
      );
  }

  #addSimilar(): void {
    const { items, start, end } = this.#last;
    const { similar, similarCount } = this.#sources;
    for (let c = this.#last.first(PROPOSAL.similarClicks); c < end; c++) {
      const from = items[c] * similarCount;
      for (let rank = 0; rank < similarCount && similar[from + rank] > 0; rank++)
        this.#add(similar[from + rank] - 1, c - start, similarWeight(rank));
    }
  }
}

/** The array with `length` zeros at its front, or a longer one. */
function zeros(array: Float64Array, length: number): Float64Array {
  return array.length < length ? new Float64Array(2 * length) : array.fill(0, 0, length);
}
