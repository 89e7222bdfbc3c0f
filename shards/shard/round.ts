import { COUNTER, HISTOGRAM } from '../../metrics/table.js';
import type { LiveSlot, LiveUser } from './live-user.js';
import type { RankCall } from './queued-call.js';
import type { ShardParts } from './shard-parts.js';
import type { RankRequest } from '../wire/slot-lists.js';

/** One user of the running round: what has to be answered when the model has run. */
interface Job {
  user: LiveUser;
  row: number;
  /** His number in the step's run; −1: he is scored with his stored interest. */
  stepped: number;
  /** Slots whose lists are due; null for all. */
  slots: readonly LiveSlot[] | null;
  rank: RankCall | null;
  /** False when a later call of the tick will bring newer lists; a `rank` is always answered. */
  wantsLists: boolean;
}

/**
 * One run of the model and what it is for: users are added between `begin` and `run`, each at most once; `run` steps those who
 * clicked together, keeps their new states, then finds and scores candidates and sends the lists of one user after the other.
 * One per shard, used again for each round.
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

  /** True when the user is not in it yet and there is room for him, which is reserved then with the candidates of `request`. */
  reserve(user: LiveUser, request: RankRequest | undefined): boolean {
    return user.round !== this.#number && this.#parts.model.lists.reserve(this.#jobs.length, request);
  }

  /**
   * Adds a user. `node` is the one that gets a new state, as the event applier left it; −1 scores with the stored
   * interest. Due are the lists of `slots`, null for all, or else the answer to `rank`.
   */
  add(user: LiveUser, node: number, slots: readonly LiveSlot[] | null, rank: RankCall | null): void {
    const { users, step, applier } = this.#parts.model;
    const row = users.load(user.userId);
    const stepped = node >= 0 ? step.addClick(row, node, applier.click.before) : -1;
    user.round = this.#number;
    this.#jobs.push({ user, row, stepped, slots, rank, wantsLists: true });
  }

  /** Steps the users and gives the answers; they leave before it returns. */
  run(): void {
    const { clock, stats } = this.#parts;
    const graphUs = clock.nowUs();
    stats.observe(HISTOGRAM.stage.graph, graphUs - this.#startedUs);
    this.#step();
    const modelUs = clock.nowUs();
    stats.observe(HISTOGRAM.stage.model, modelUs - graphUs);
    const scoringUs = this.#answerAll();
    this.#parts.sink.answered();
    stats.observe(HISTOGRAM.stage.candidates, scoringUs);
    stats.observe(HISTOGRAM.stage.ranking, clock.nowUs() - modelUs - scoringUs);
  }

  /** New states for those who clicked, and what reasons will need. */
  #step(): void {
    const { stats, model } = this.#parts;
    const { step, reasons } = model;
    if (step.rows.users > 0) {
      step.run();
      stats.count(COUNTER.modelRuns);
      stats.observe(HISTOGRAM.batchUsers, step.rows.users);
      step.keepStates();
    }
    for (const job of this.#jobs) {
      if (job.rank === null) this.#decideLists(job);
      if (wantsReasons(job)) reasons.want(job.row, job.stepped);
    }
    if (reasons.isWanted) reasons.run();
  }

  /** Microseconds of finding and scoring candidates. */
  #answerAll(): number {
    const { clock } = this.#parts;
    let scoringUs = 0;
    for (const job of this.#jobs) {
      if (!job.wantsLists) continue;
      const startedUs = clock.nowUs();
      this.#score(job);
      scoringUs += clock.nowUs() - startedUs;
      this.#answer(job);
    }
    return scoringUs;
  }

  #score({ rank, row, user }: Job): void {
    const { lists } = this.#parts.model;
    if (rank === null) lists.score(row, user);
    else lists.scoreRequested(row, user, rank.request);
  }

  /** Lists are due unless the user has no slots, or a later call of his, in this tick, will bring newer ones. */
  #decideLists(job: Job): void {
    job.user.owesLists = job.user.nextEventRound === this.#number;
    job.wantsLists = job.user.slots.size > 0 && !job.user.owesLists;
  }

  #answer({ rank, row, slots, user }: Job): void {
    const { sink, model } = this.#parts;
    const { lists } = model;
    if (rank === null) lists.send(row, user, slots ?? user.slots.values());
    else sink.reply({ op: 'ranked', call: rank.call, answer: lists.rank(row, user, rank.request) });
  }
}

function wantsReasons({ rank, wantsLists, slots, user }: Job): boolean {
  if (rank !== null) return rank.request.slot.explain;
  if (!wantsLists) return false;
  for (const slot of slots ?? user.slots.values()) if (slot.rules.definition.explain) return true;
  return false;
}
