import { COUNTER, HISTOGRAM } from '../metrics/catalogue.js';
import type { RankRequest } from './api.js';
import type { LiveSlot, LiveUser } from './live-user.js';
import type { RankCall } from './queued-call.js';
import type { ShardParts } from './shard-parts.js';

/** One row of the running round: what has to be answered when the model has run. */
interface Job {
  user: LiveUser;
  slot: number;
  row: number;
  /** Slots whose lists are due; null for all. */
  slots: readonly LiveSlot[] | null;
  rank: RankCall | null;
  wantsLists: boolean;
}

/**
 * One run of the model and what it is for: rows are added between `begin` and `run`, at most one of each user; `run` finds
 * candidates, scores all rows together, keeps the new states and sends the lists. One per shard, used again for each round.
 */
export class Round {
  readonly #parts: ShardParts;
  #number = 0;
  #startedUs = 0;
  #jobs: Job[] = [];

  constructor(parts: ShardParts) {
    this.#parts = parts;
  }

  /** Number of the running round, from 1; `LiveUser.round` and `nextEventRound` refer to it. */
  get number(): number {
    return this.#number;
  }

  begin(): void {
    this.#startedUs = this.#parts.clock.nowUs();
    this.#number++;
    this.#jobs = [];
    this.#parts.model.step.begin();
    this.#parts.model.lists.begin();
    this.#parts.model.reasons.begin();
  }

  /** True when the user has no row yet and there is room for one, which is reserved then with the candidates of `request`. */
  reserve(user: LiveUser, request: RankRequest | undefined): boolean {
    return user.round !== this.#number && this.#parts.model.lists.reserve(this.#jobs.length, request);
  }

  /**
   * Adds the row of a user. `node` is the one that gets a new state, as the event applier left it; −1 scores with the stored
   * interest. Due are the lists of `slots`, null for all, or else the answer to `rank`.
   */
  add(user: LiveUser, node: number, slots: readonly LiveSlot[] | null, rank: RankCall | null): void {
    const { users, step, applier } = this.#parts.model;
    const slot = users.load(user.userId);
    const row = node >= 0 ? step.addClick(slot, node, applier.click.before) : step.addStored(slot);
    user.round = this.#number;
    this.#jobs.push({ user, slot, row, slots, rank, wantsLists: true });
  }

  /** Scores the rows and gives the answers; they leave before the promise resolves. */
  async run(): Promise<void> {
    const { clock, stats, model } = this.#parts;
    const { step } = model;
    const graphUs = clock.nowUs();
    stats.observe(HISTOGRAM.stage.graph, graphUs - this.#startedUs);
    this.#addCandidates();
    const candidatesUs = clock.nowUs();
    stats.observe(HISTOGRAM.stage.candidates, candidatesUs - graphUs);
    if (step.batch.users > 0) {
      await step.run();
      stats.count(COUNTER.modelRuns);
      stats.observe(HISTOGRAM.batchUsers, step.batch.users);
    }
    const modelUs = clock.nowUs();
    stats.observe(HISTOGRAM.stage.model, modelUs - candidatesUs);
    step.keepStates();
    if (model.reasons.isWanted) await model.reasons.run();
    this.#answer();
    this.#parts.sink.answered();
    stats.observe(HISTOGRAM.stage.ranking, clock.nowUs() - modelUs);
  }

  #addCandidates(): void {
    const { lists, reasons } = this.#parts.model;
    for (const job of this.#jobs) {
      if (job.rank !== null) lists.addRankCandidates(job.row, job.slot, job.user, job.rank.request);
      else if (this.#wantsLists(job)) lists.addCandidates(job.row, job.slot, job.user);
      if (wantsReasons(job)) reasons.want(job.row);
    }
  }

  /** Lists are due unless the user has no slots, or a later call of his, in this tick, will bring newer ones. */
  #wantsLists(job: Job): boolean {
    job.user.owesLists = job.user.nextEventRound === this.#number;
    job.wantsLists = job.user.slots.size > 0 && !job.user.owesLists;
    return job.wantsLists;
  }

  #answer(): void {
    const { sink, model } = this.#parts;
    const { lists } = model;
    for (const job of this.#jobs) {
      if (job.rank !== null) {
        sink.reply({
          op: 'ranked',
          call: job.rank.call,
          answer: lists.rank(job.row, job.slot, job.user, job.rank.request),
        });
        continue;
      }
      if (!job.wantsLists) continue;
      lists.send(job.row, job.slot, job.user, job.slots ?? [...job.user.slots.values()]);
    }
  }
}

function wantsReasons({ rank, wantsLists, slots, user }: Job): boolean {
  if (rank !== null) return rank.request.slot.explain;
  if (!wantsLists) return false;
  for (const slot of slots ?? user.slots.values()) if (slot.rules.definition.explain) return true;
  return false;
}
