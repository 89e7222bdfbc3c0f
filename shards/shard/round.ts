import { COUNTER, HISTOGRAM } from '../../metrics/table.js';
import type { LiveSlot, LiveUser } from './live-user.js';
import type { AskedRank } from '../wire/calls.js';
import type { AppliedClick } from './event-applier.js';
import type { ShardContext } from './shard-context.js';
import type { RankRequest } from '../wire/slot-lists.js';

const NO_SLOTS: readonly LiveSlot[] = [];

/** One user of the running round: what has to be answered when the model has run. */
interface Job {
  user: LiveUser;
  row: number;
  /** The user's number in the step's run; −1: the stored interest scores. */
  stepped: number;
  /** Slots whose lists are due; null for all. */
  slots: readonly LiveSlot[] | null;
  rank: AskedRank | null;
  /** False when a later call of the tick will bring newer lists; a `rank` is always answered. */
  wantsLists: boolean;
}

/**
 * One run of the model and what it is for. Users are added between `begin` and `run`, each at most once. `run` steps all who
 * clicked together and keeps their new states; then it finds and scores candidates and sends lists, user after user.
 * One per shard, used again for each round.
 */
export class Round {
  readonly #context: ShardContext;
  #number = 0;
  #startedUs = 0;
  #jobs: Job[] = [];

  constructor(context: ShardContext) {
    this.#context = context;
  }

  /** Number of the running round, from 1; `LiveUser.round` and `nextEventRound` refer to it. */
  get number(): number {
    return this.#number;
  }

  begin(): void {
    this.#startedUs = this.#context.clock.nowUs();
    this.#number++;
    this.#jobs = [];
    this.#context.model.step.begin();
    this.#context.model.lists.begin();
    this.#context.model.reasons.begin();
  }

  /**
   * True when the user is not in the round yet and there is room for them; a place is reserved then, with the candidates of
   * `request`.
   */
  reserve(user: LiveUser, request: RankRequest | undefined): boolean {
    return user.round !== this.#number && this.#context.model.lists.reserve(this.#jobs.length, request);
  }

  /** Adds a user who clicked: the click's node gets a new state, and the lists of all slots are due. The click is borrowed. */
  addClick(user: LiveUser, click: AppliedClick): void {
    const { users, step } = this.#context.model;
    const row = users.load(user.userId);
    const stepped = step.addClick(row, click.node, click.before);
    this.#add({ user, row, stepped, slots: null, rank: null, wantsLists: true });
  }

  /** Adds a user to whom the lists of `slots` are due, null for all; the stored interest scores. */
  addLists(user: LiveUser, slots: readonly LiveSlot[] | null): void {
    const row = this.#context.model.users.load(user.userId);
    this.#add({ user, row, stepped: -1, slots, rank: null, wantsLists: true });
  }

  /** Adds a user to whom the answer to `rank` is due; the stored interest scores. */
  addRank(user: LiveUser, rank: AskedRank): void {
    const row = this.#context.model.users.load(user.userId);
    this.#add({ user, row, stepped: -1, slots: NO_SLOTS, rank, wantsLists: true });
  }

  #add(job: Job): void {
    job.user.round = this.#number;
    this.#jobs.push(job);
  }

  /** Steps the users and gives the answers; they leave before it returns. */
  run(): void {
    const { clock, stats } = this.#context;
    const graphUs = clock.nowUs();
    stats.observe(HISTOGRAM.stage.graph, graphUs - this.#startedUs);
    this.#step();
    const modelUs = clock.nowUs();
    stats.observe(HISTOGRAM.stage.model, modelUs - graphUs);
    const scoringUs = this.#answerAll();
    this.#context.sink.answered();
    stats.observe(HISTOGRAM.stage.candidates, scoringUs);
    stats.observe(HISTOGRAM.stage.ranking, clock.nowUs() - modelUs - scoringUs);
  }

  /** New states for those who clicked, and what reasons will need. */
  #step(): void {
    const { stats, model } = this.#context;
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
    const { clock } = this.#context;
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
    const { lists } = this.#context.model;
    if (rank === null) lists.score(row, user);
    else lists.scoreRequested(row, user, rank.request);
  }

  /** Lists are due unless the user has no slots, or a later call of theirs, in this tick, will bring newer ones. */
  #decideLists(job: Job): void {
    job.user.owesLists = job.user.nextEventRound === this.#number;
    job.wantsLists = job.user.slots.size > 0 && !job.user.owesLists;
  }

  #answer({ rank, row, slots, user }: Job): void {
    const { sink, model } = this.#context;
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
