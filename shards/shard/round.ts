import { COUNTER, HISTOGRAM } from '../../metrics/table.js';
import { WITHHELD } from '../graph/user-consent.js';
import type { LiveSlot, LiveUser } from '../live/live-user.js';
import type { AskedRank } from '../wire/calls.js';
import type { AppliedClick } from './event-applier.js';
import type { ShardContext } from './shard-context.js';
import { RANKS_ROUND_US } from '../wire/shard-limits.js';
import type { RankAnswer, RankRequest } from '../wire/slot-lists.js';

const NO_SLOTS: readonly LiveSlot[] = [];

/**
 * Jobs that may fail one after the other before it is no user's fault: then the model or the program is broken, and the shard
 * ends.
 */
const FAILURES_MAX = 100;
const NO_BYTES = new Uint8Array(0);

/** One user of a round: what has to be answered when the model has run. Used again in later rounds. */
interface Job {
  user: LiveUser;
  row: number;
  /** Whose graph their lists come from: the row, or the empty one when they do not want to be known. */
  shownRow: number;
  /** The user's number in the step's run; −1: the stored interest scores. */
  stepped: number;
  /** The click that is stepped, if the user clicked. */
  readonly click: AppliedClick;
  hasClicked: boolean;
  /** Slots whose lists are due now; null for all. */
  slots: readonly LiveSlot[] | null;
  rank: AskedRank | null;
  /** False when an event that waits will bring newer lists; a `rank` is always answered. */
  wantsLists: boolean;
  wantsReasons: boolean;
}

/**
 * One run of the model and what it is for. Users are added between `begin` and `run`, each at most once. `run` steps all who
 * clicked together and keeps their new states; then it finds and scores candidates and sends lists, user after user, and at last
 * the answers to questions.
 * One per shard, used again for each round.
 *
 * Failure: when the model throws, each click is stepped alone, and one that throws again gets no new state. When no list can be
 * made of a user's graph, or by the slots they asked for, these are set aside, and the others have theirs.
 */
export class Round {
  readonly #context: ShardContext;
  #number = 0;
  #startedUs = 0;
  readonly #jobs: Job[] = [];
  /** Those of the running round come first. */
  #jobCount = 0;
  /** Jobs that are questions. */
  #ranks = 0;
  #failures = 0;
  /** True when the reasons of the round could not be found together. */
  #explainsAlone = false;
  /** How long finding the reasons took, for each user who wants some, and what else the step took, for each user. */
  #reasonsUs = 0;
  #stepUs = 0;
  /** When the running job began. */
  #jobUs = 0;
  /** How long the jobs will take, as far as can be told (`LiveUser.jobUs`); and how long they may. */
  #expectedUs = 0;
  #limitUs = Infinity;

  constructor(context: ShardContext) {
    this.#context = context;
  }

  /** Number of the running round, from 1; `LiveUser.round` refers to it. */
  get number(): number {
    return this.#number;
  }

  /** `limitUs`: how long the jobs may take together, as far as can be told; one always may. */
  begin(limitUs = Infinity): void {
    this.#startedUs = this.#context.clock.nowUs();
    this.#number++;
    this.#jobCount = 0;
    this.#ranks = 0;
    this.#explainsAlone = false;
    this.#expectedUs = 0;
    this.#limitUs = limitUs;
    this.#context.model.step.begin();
    this.#context.model.lists.begin();
    this.#context.model.reasons.begin();
  }

  /**
   * True when the user is not in the round yet and there is time and room for them, in the user table as well: whoever is in the round
   * must not leave memory before it has run. A place is reserved then, with the candidates of `request`.
   */
  reserve(user: LiveUser, request: RankRequest | undefined): boolean {
    const { users, lists } = this.#context.model;
    const jobs = this.#jobCount;
    if (user.round === this.#number || jobs >= users.rows) return false;
    const hasTime = jobs === 0 || this.#expectedUs + user.jobUs(request) <= this.#limitUs;
    return hasTime && lists.reserve(jobs, request);
  }

  /** Adds a user who clicked: the click's node gets a new state, and the lists of all slots are due. The click is borrowed. */
  addClick(user: LiveUser, click: AppliedClick): void {
    const { users, step } = this.#context.model;
    const row = users.load(user.userId);
    const stepped = step.addClick(row, click.node, click.before);
    const { shedding } = this.#context;
    if (shedding.rung.coalesces && user.hasDueSlots) shedding.listsCoalesced++;
    const slots = shedding.rung.coalesces ? user.postponeAll(this.#startedUs) : user.dueAll();
    const job = this.#add(user, row, undefined);
    job.stepped = stepped;
    job.slots = slots;
    job.hasClicked = true;
    job.click.node = click.node;
    job.click.before.hasState = click.before.hasState;
    job.click.before.atMs = click.before.atMs;
    job.click.before.kind = click.before.kind;
  }

  /** Adds a user to whom the lists of `slots` are due, null for all; the stored interest scores. */
  addLists(user: LiveUser, slots: readonly LiveSlot[] | null): void {
    const row = this.#context.model.users.load(user.userId);
    const due = slots ?? user.dueAll();
    this.#add(user, row, undefined).slots = due;
  }

  /** Adds a user to whom the answer to `rank` is due; the stored interest scores. */
  addRank(user: LiveUser, rank: AskedRank): void {
    this.#ranks++;
    const row = this.#context.model.users.load(user.userId);
    this.#add(user, row, rank.request).rank = rank;
  }

  /** A job that asks for nothing yet. */
  #add(user: LiveUser, row: number, question: RankRequest | undefined): Job {
    user.round = this.#number;
    this.#expectedUs += user.jobUs(question);
    if (this.#jobCount === this.#jobs.length) this.#jobs.push(createJob(user));
    const job = this.#jobs[this.#jobCount++];
    job.user = user;
    job.row = row;
    job.stepped = -1;
    job.hasClicked = false;
    job.slots = NO_SLOTS;
    job.rank = null;
    job.wantsLists = true;
    job.wantsReasons = false;
    return job;
  }

  /** True when the round takes too long already for a question more: clicks come before those. */
  get isFullOfRanks(): boolean {
    return this.#limitUs !== Infinity && this.#jobCount > 0 && this.#expectedUs >= RANKS_ROUND_US;
  }

  get isEmpty(): boolean {
    return this.#jobCount === 0;
  }

  /** Steps the users and gives the answers; they leave before it returns. */
  run(): void {
    const { clock, stats } = this.#context;
    const graphUs = clock.nowUs();
    stats.observe(HISTOGRAM.stage.graph, graphUs - this.#startedUs);
    this.#chooseShown();
    this.#step();
    const modelUs = clock.nowUs();
    stats.observe(HISTOGRAM.stage.model, modelUs - graphUs);
    const reasonsUs = this.#reasonsUs * this.#context.model.reasons.wanted;
    this.#stepUs = Math.max(0, modelUs - graphUs - reasonsUs) / this.#jobCount;
    let scoringUs = 0;
    if (this.#ranks === 0 || this.#ranks < this.#jobCount) scoringUs += this.#send(false, graphUs, modelUs);
    if (this.#ranks > 0) scoringUs += this.#send(true, graphUs, modelUs);
    stats.observe(HISTOGRAM.stage.candidates, scoringUs);
    stats.observe(HISTOGRAM.stage.ranking, clock.nowUs() - modelUs - scoringUs);
  }

  /** Whose graph each list comes from. The spare row is empty from here on. */
  #chooseShown(): void {
    const { users, graph } = this.#context.model;
    let isCleared = false;
    for (let i = 0; i < this.#jobCount; i++) {
      const job = this.#jobs[i];
      job.shownRow = job.row;
      if ((graph.slabs.withheld[job.row] & WITHHELD.personalise) === 0) continue;
      if (!isCleared) graph.clear(users.spareRow);
      isCleared = true;
      job.shownRow = users.spareRow;
      job.stepped = -1;
    }
  }

  /** Gives the answers to questions, or all others. Microseconds of finding and scoring candidates. */
  #send(ranks: boolean, graphUs: number, modelUs: number): number {
    const { clock, sink } = this.#context;
    sink.stepped(this.#startedUs, graphUs, modelUs);
    const scoringUs = this.#answerAll(ranks);
    sink.answered(scoringUs, clock.nowUs());
    return scoringUs;
  }

  /** New states for those who clicked, and what reasons will need. */
  #step(): void {
    const { clock, stats, model } = this.#context;
    const { step, reasons } = model;
    if (step.rows.users > 0) {
      stats.count(COUNTER.modelRuns);
      stats.observe(HISTOGRAM.batchUsers, step.rows.users);
      try {
        step.run();
        step.keepStates();
      } catch {
        stats.count(COUNTER.modelFailures);
        this.#stepAlone();
      }
    }
    const isUnexplained = this.#context.shedding.rung.neighboursOnly;
    for (let i = 0; i < this.#jobCount; i++) {
      const job = this.#jobs[i];
      if (job.rank === null) this.#decideLists(job);
      job.wantsReasons = !isUnexplained && wantsReasons(job);
      if (job.wantsReasons) reasons.want(job.shownRow, job.stepped);
    }
    if (reasons.wanted === 0) return;
    const startedUs = clock.nowUs();
    try {
      reasons.run();
    } catch {
      this.#explainsAlone = true;
    }
    this.#reasonsUs = (clock.nowUs() - startedUs) / reasons.wanted;
  }

  /** The model threw for some user of the round: everybody's click by itself. */
  #stepAlone(): void {
    const { step } = this.#context.model;
    for (let i = 0; i < this.#jobCount; i++) {
      const job = this.#jobs[i];
      if (!job.hasClicked) continue;
      job.stepped = -1;
      try {
        step.begin();
        step.addClick(job.row, job.click.node, job.click.before);
        step.run();
        step.keepStates();
        this.#failures = 0;
      } catch (error) {
        this.#blame('event', [job.user.userId, 'step'], error);
      }
    }
  }

  /** Sets aside what a job failed by. */
  #blame(kind: 'event' | 'call' | 'user', names: readonly string[], error: unknown, bytes = NO_BYTES): void {
    if (++this.#failures > FAILURES_MAX) throw error;
    const reason = `it could not be carried out: ${(error as Error).message}`;
    this.#context.quarantine.take({ kind, names, reason, bytes });
  }

  /** Questions, or all else. Microseconds of finding and scoring candidates. */
  #answerAll(ranks: boolean): number {
    const { clock } = this.#context;
    let scoringUs = 0;
    let nowUs = clock.nowUs();
    for (let i = 0; i < this.#jobCount; i++) {
      const job = this.#jobs[i];
      if ((job.rank !== null) !== ranks) continue;
      if (!job.wantsLists) {
        this.#spent(job, this.#stepUs, nowUs);
        continue;
      }
      const startedUs = (this.#jobUs = nowUs);
      try {
        if (job.rank !== null) this.#context.inHand.question(job.rank.call);
        if (this.#explainsAlone) this.#explainAlone(job);
        this.#score(job);
        scoringUs += clock.nowUs() - startedUs;
        this.#answer(job);
        this.#failures = 0;
      } catch (error) {
        this.#rescue(job, error);
      }
      nowUs = clock.nowUs();
      this.#spent(job, nowUs - startedUs + this.#stepUs + (job.wantsReasons ? this.#reasonsUs : 0), nowUs);
    }
    return scoringUs;
  }

  /** Counts what a job took. In a round without a limit nobody waits, so nobody is charged. */
  #spent({ user, slots, rank, wantsLists }: Job, us: number, nowUs: number): void {
    if (this.#limitUs === Infinity) return;
    if (rank === null) user.spend(us, nowUs, wantsLists ? (slots?.length ?? user.slots.size) : 0);
    else user.charge(us, nowUs);
  }

  #explainAlone(job: Job): void {
    const { reasons } = this.#context.model;
    reasons.begin();
    if (!job.wantsReasons) return;
    reasons.want(job.shownRow, -1);
    reasons.run();
  }

  /** A job threw. What is to blame is found out with an empty graph in the place of the user's: their graph, or what was asked for. */
  #rescue(job: Job, error: unknown): void {
    const { sink, model } = this.#context;
    const { user, rank, row } = job;
    if (rank !== null) {
      this.#blame('call', [user.userId, 'rank'], error);
      sink.reply({ op: 'failed', call: rank.call, message: 'the order could not be made' });
      return;
    }
    const { users, graph, codec } = model;
    graph.clear(users.spareRow);
    job.shownRow = users.spareRow;
    try {
      this.#explainAlone(job);
      this.#score(job);
      this.#answer(job);
    } catch (again) {
      this.#blame('call', [user.userId, 'slots', ...user.slots.keys()].slice(0, 3), again);
      user.slots.clear();
      return;
    }
    this.#blame('user', [user.userId], error, codec.encode(row).slice());
    users.begin(user.userId);
  }

  #score({ rank, shownRow, user }: Job): void {
    const { lists } = this.#context.model;
    if (rank === null) lists.score(shownRow, user);
    else lists.scoreRequested(shownRow, user, rank.request);
  }

  /**
   * Lists are due unless the user has no slots, or an event of theirs that waits will bring newer ones. Someone who clicks without end
   * sees lists too.
   */
  #decideLists(job: Job): void {
    const { user, slots } = job;
    user.owesLists = user.eventsWaiting > 0 && user.mayOwe(this.#startedUs);
    if (user.owesLists) user.owe();
    job.wantsLists = user.slots.size > 0 && !user.owesLists && slots?.length !== 0;
    if (job.wantsLists) user.owedSinceUs = Infinity;
  }

  /** An answer with what it took. */
  #timed(wantsReasons: boolean, answer: RankAnswer): RankAnswer {
    const shardUs = this.#context.clock.nowUs() - this.#jobUs + (wantsReasons ? this.#reasonsUs : 0);
    return { ...answer, shardUs };
  }

  #answer({ rank, shownRow: row, slots, user, wantsReasons }: Job): void {
    const { sink, model } = this.#context;
    const { lists } = model;
    if (rank === null) lists.send(row, user, slots ?? user.slots.values());
    else
      sink.reply({
        op: 'ranked',
        call: rank.call,
        answer: this.#timed(wantsReasons, lists.rank(row, user, rank.request)),
      });
  }
}

function createJob(user: LiveUser): Job {
  const click = { node: -1, before: { hasState: false, atMs: 0, kind: 0 } };
  return {
    user,
    row: -1,
    shownRow: -1,
    stepped: -1,
    click,
    hasClicked: false,
    slots: NO_SLOTS,
    rank: null,
    wantsLists: true,
    wantsReasons: false,
  };
}

function wantsReasons({ rank, wantsLists, slots, user }: Job): boolean {
  if (rank !== null) return rank.request.slot.explain;
  if (!wantsLists) return false;
  for (const slot of slots ?? user.slots.values()) if (slot.rules.definition.explain) return true;
  return false;
}
