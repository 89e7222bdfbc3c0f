import { COUNTER, GAUGE } from '../../metrics/table.js';
import { invariant } from '../../metrics/invariant.js';
import type { AskedRank, BegunMerge, EventCall, OpenCall, ShardCall } from '../wire/calls.js';
import { CallQueues, type QueuedCall } from '../live/call-queues.js';
import { Commits } from './commits.js';
import { Leavers } from '../live/leavers.js';
import type { GraphEntry, JournalEvent, SegmentsEntry } from '../store/journal-entry.js';
import type { LiveSlot, LiveUser } from '../live/live-user.js';
import type { ImportedNode } from '../graph/interest/import-graph.js';
import { LiveUsers } from './live-users.js';
import { RevFloor } from '../live/rev-floor.js';
import { keepSegments } from './replayed-entry.js';
import { Round } from './round.js';
import type { ServedModel } from './served-model.js';
import { SegmentWatch } from '../segments/segment-watch.js';
import type { ShardContext } from './shard-context.js';
import { StateSweep } from './state-sweep.js';
import { UserEvents } from './user-events.js';
import { NO_CHANNEL, Turns } from '../live/turns.js';
import { UsersAhead } from '../live/users-ahead.js';
import { UserMoves, type GivenUser } from './user-moves.js';
import { UserRepair } from './user-repair.js';
import { UserWishes } from './user-wishes.js';
import type { SlotDefinition } from '../wire/slot-lists.js';
import { TICK_CALLS, TICK_US } from '../wire/shard-limits.js';

/** For a flush that looks for nothing. */
const NO_MAIL = (): boolean => false;

/**
 * Single-threaded owner of its users: no threads, clock or disk of its own.
 *
 * Order: calls of one user are carried out as they come; whose turn it is, `Turns` says. Clicks come before questions: a round takes few of those on, and answers them last. A tick (`flush`)
 * works in rounds, after each of which it is looked whether something has arrived: each round takes at most one graph-changing call of each user, so that one run of the model serves them all and a
 * second click of a user sees the state of the first. The lists of a round leave as soon as
 * it is through; then the tick is committed, with others before the journal's next group (`Commits`), and, after fsync, acknowledged. Slots change at once when they are taken in:
 * however often that is said in a tick, one list of each follows.
 * Bounds: a round holds at most `BATCH_USERS` users, and those who have a row, a tick `TICK_CALLS` calls and `TICK_US`; the rest wait in order. How many
 * may wait is the pool's to say.
 * Failure: an event, a rank or a list that throws is set aside, and its user alone is concerned (`UserEvents`, `Round`). What
 * throws besides is a broken invariant or a broken disk and ends the shard; the pool starts it again from its store.
 */
export class Shard {
  readonly commits: Commits;
  /** Who is in which segment. */
  readonly segments: SegmentWatch;
  readonly #context: ShardContext;
  readonly #live: LiveUsers;
  readonly #round: Round;
  readonly #events: UserEvents;
  readonly #repair: UserRepair;
  readonly #moves: UserMoves;
  readonly #sweep: StateSweep;
  readonly #ahead: UsersAhead;
  readonly #queues: CallQueues;
  readonly #leavers = new Leavers();
  readonly #turns: Turns;
  readonly #wishes: UserWishes;

  constructor(context: ShardContext) {
    this.#context = context;
    this.#ahead = new UsersAhead(context.store);
    this.#queues = new CallQueues(context.clock);
    this.commits = new Commits(context, (session, seq, fromUs, toUs) => {
      session.durable = Math.max(session.durable, seq);
      context.sink.durable(session.number, seq, fromUs, toUs);
    });
    const revs = new RevFloor(context.store, context.clock);
    this.#live = new LiveUsers(context, this.commits, revs);
    this.segments = new SegmentWatch(context, {
      keep: (user, segments) => this.#keepSegments({ entry: 'segments', user, segments }),
      moved: (userId) => this.#relistSegments(userId),
      whenWritten: (done) => this.commits.whenWritten(done),
    });
    this.#round = new Round(context);
    this.#events = new UserEvents(context, this.commits, this.#round);
    this.#repair = new UserRepair(context, this.commits, this.#round, this.#events);
    this.#moves = new UserMoves(context, this.commits, this.#live);
    this.#sweep = new StateSweep(context, this.commits, revs, this.#live);
    const { commits, segments } = this;
    this.#wishes = new UserWishes(context, { commits, segments, round: this.#round });
    this.#turns = new Turns({
      queues: this.#queues,
      places: this.#round,
      clock: context.clock,
      carryOut: (user, call) => this.#carryOut(user, call),
      answerNobody: (call) => this.#answerNobody(call),
    });
  }

  /** Calls taken in that wait for `flush`. */
  get waiting(): number {
    return this.#queues.count;
  }

  /** Calls that the last tick carried out. */
  get carriedOut(): number {
    return this.#turns.carriedOut;
  }

  /** See `CallQueues.waitingSinceUs`. */
  get waitingSinceUs(): number {
    return this.#queues.waitingSinceUs;
  }

  /** True when `flush` has something to do. */
  get hasWork(): boolean {
    return this.#queues.users > 0 || this.#leavers.areAwaited;
  }

  /** True when all that `flush` has to do is of users who sit turns out: try again in a while. */
  get isStuck(): boolean {
    return this.#turns.isStuck && this.#queues.users > 0;
  }

  /** True when calls of a user wait. */
  hasCallsOf(userId: string): boolean {
    return this.#queues.hasCallsOf(userId);
  }

  /** Takes one call in. Events, ranks, and sessions that close wait for `flush`; the rest is done at once. */
  take(call: ShardCall): void {
    if ('channel' in call && this.#leavers.await(call)) return;
    switch (call.op) {
      case 'event':
      case 'rank':
      case 'close':
      case 'release':
        this.#takeInLine(call);
        return;
      case 'subscribe':
      case 'unsubscribe':
      case 'current':
        this.#takeSlots(call);
        return;
      case 'open':
        this.#open(call);
        return;
      case 'rankFor':
      case 'graph':
      case 'tune':
      case 'consent':
      case 'attributes':
        this.#takeFor(call);
        return;
      default:
        invariant(false, `a shard does not take "${call.op}" here`);
    }
  }

  /** An entry of a recovery, of the user of `channel`, which is given by `openRecovery`. */
  takeRecovered(channel: number, entry: GraphEntry, position: number, learns: boolean): void {
    this.#takeInLine({ op: 'recovered', channel, entry, position, learns });
  }

  /** See `LiveUsers.openRecovery`. */
  openRecovery(userId: string, slots: readonly SlotDefinition[] = []): number {
    return this.#live.openRecovery(userId, slots);
  }

  closeRecovery(): void {
    this.#live.closeRecovery();
  }

  /** A session event of the end of the journal, in its order: whoever sends it again is known by it (`SessionMemory`). */
  remember(event: JournalEvent): void {
    this.#live.memory.read(event);
  }

  /** A visitor was removed, and what the journal had of their session before is another one's. */
  forgetSession(visitor: string): void {
    this.#live.forgetVisitor(visitor);
  }

  /**
   * Carries out what was taken in, sends lists, and commits: everything, or with `isBounded` as much as one tick may hold.
   * `hasWork` says whether something is left. A bounded tick ends after a round when `hasMail` says that calls have arrived
   * meanwhile.
   */
  flush(isBounded = false, hasMail = NO_MAIL): void {
    const { clock } = this.#context;
    const startUs = clock.nowUs();
    this.#turns.begin();
    for (let rounds = 0; this.#queues.users > 0; rounds++) {
      if (isBounded && rounds > 0 && hasMail()) break;
      this.#runRound(isBounded);
      const isOver = this.carriedOut >= TICK_CALLS || clock.nowUs() >= startUs + TICK_US;
      if (isBounded && (this.#turns.isStuck || isOver)) break;
    }
    this.#turns.end();
    this.#countUsers();
    if (isBounded) this.commits.commitTick(this.#sweep.ride());
    else this.commits.commit(this.#sweep.ride());
    this.#reopen();
  }

  /** Defines slots of a user who is open; who gets the slots sees to their new lists. */
  redefine({ channel, slots }: Extract<ShardCall, { op: 'redefine' }>): LiveSlot[] {
    const user = this.#live.on(channel);
    const known = slots.filter(({ name }) => user?.slots.has(name));
    return user === undefined ? [] : known.map((definition) => user.define(definition));
  }

  /** The users who have a channel; who comes or goes meanwhile may be among them. */
  openUsers(): Iterable<LiveUser> {
    return this.#live.all();
  }

  /** A new list of the user's slot is due; it comes with one of the next ticks. */
  relist(user: LiveUser, slot: LiveSlot): void {
    slot.isDue = true;
    user.hasDueSlots = true;
    this.#queues.stand(user);
  }

  /** From now on another model serves; what it needs of its users is in `model`. Call between two ticks. */
  serve(model: ServedModel): void {
    this.#context.model = model;
  }

  /** Begins to write out all changed users; `sweepStep` does it bit by bit. */
  beginSweep(): void {
    this.#repair.renew();
    this.#sweep.begin();
  }

  /** See `StateSweep.step`: false when nothing is left to do. Call between two ticks. */
  sweepStep(): boolean {
    return this.#sweep.step();
  }

  /** See `UserMoves`, also for `merge`, `forget` and `unfinished`. Call between two ticks. */
  give(visitor: string, into: string, closes = false): GivenUser {
    return this.#moves.give(visitor, into, closes);
  }

  merge(from: string, into: string, given: Omit<GivenUser, 'into'>): void {
    this.#moves.merge(from, into, given);
    this.segments.note(into);
  }

  importGraph(into: string, source: string, nodes: readonly ImportedNode[]): void {
    this.#moves.importGraph(into, source, nodes);
    this.segments.note(into);
  }

  forget(visitor: string, to: string): void {
    this.#moves.forget(visitor, to);
    this.segments.forget(visitor);
  }

  unfinished(): BegunMerge[] {
    return this.#moves.unfinished();
  }

  /** True for a user who has a channel here, or is about to have one. */
  isOpen(userId: string): boolean {
    return this.#live.isOpen(userId) || this.#queues.hasCallsOf(userId);
  }

  /** Visitors who are a user's, or about to be. */
  visitorsOf(userId: string): string[] {
    const begun = this.unfinished().filter(({ into }) => into === userId);
    return [...new Set([...this.#context.store.visitorsOf(userId), ...begun.map(({ visitor }) => visitor)])];
  }

  /** See `UserMoves`. */
  whose(visitor: string): string | undefined {
    return this.#moves.whose(visitor);
  }

  /** Nothing of a user stays in memory; their rows are as they were. Call between two ticks. */
  forgetUser(userId: string): void {
    this.#context.model.users.drop(userId);
    this.#live.forgetAll(userId);
    this.segments.forget(userId);
  }

  /** See `UserMoves.remove`. */
  remove(visitor: string): void {
    this.#moves.remove(visitor);
    this.segments.forget(visitor);
  }

  /** A session that is open is opened again behind the calls that its user sent before: its `seq` contains them. */
  #open(call: OpenCall): void {
    // The store says how far the session came.
    this.commits.commit();
    // Their first click comes soon.
    if (this.#context.model.users.rowOf(call.user) < 0) this.#ahead.read(call.user);
    const user = this.#live.on(call.channel);
    if (user === undefined || user.calls.length === 0) this.#live.open(call);
    else this.#queues.add(user, call);
  }

  /** A call for a channel that is not open any more is nobody's; a question is answered still. */
  #takeInLine(call: QueuedCall): void {
    const user = this.#live.on(call.channel);
    if (user !== undefined) {
      if (call.op === 'release') user.leave();
      this.#leavers.note(user, call);
      this.#queues.add(user, call);
    } else if (call.op === 'event' || call.op === 'rank') this.#answerNobody(call);
  }

  /** A rank for whoever it is for, a question for their graph, or what they say of an interest or allow, behind the calls of theirs that wait. */
  #takeFor(asked: Extract<ShardCall, { op: 'rankFor' | 'graph' | 'tune' | 'consent' | 'attributes' }>): void {
    const { call } = asked;
    const guest = this.#live.guest(asked.user);
    if (guest === undefined) this.#context.sink.reply({ op: 'merged', call });
    else if (asked.op === 'graph') this.#queues.add(guest, { op: 'graph', call, channel: NO_CHANNEL });
    else if (asked.op === 'rankFor')
      this.#queues.add(guest, { op: 'rank', call, channel: NO_CHANNEL, request: asked.request });
    else if (asked.op === 'consent')
      this.#queues.add(guest, { op: 'consent', call, channel: NO_CHANNEL, said: asked.said });
    else if (asked.op === 'attributes')
      this.#queues.add(guest, { op: 'attributes', call, channel: NO_CHANNEL, attributes: asked.attributes });
    else {
      const { interest, value } = asked;
      this.#queues.add(guest, { op: 'tune', call, channel: NO_CHANNEL, interest, value });
    }
  }

  #answerNobody({ call }: EventCall | AskedRank): void {
    if (call > 0) this.#context.sink.reply({ op: 'failed', call, message: 'the user is not open any more' });
  }

  #takeSlots(call: Extract<ShardCall, { op: 'subscribe' | 'unsubscribe' | 'current' }>): void {
    const user = this.#live.on(call.channel);
    if (user === undefined || user.isLeaving) return;
    if (call.op === 'subscribe') for (const definition of call.slots) user.demand(definition);
    else if (call.op === 'current') for (const name of call.names) this.#sayCurrent(user, name);
    else for (const name of call.names) user.slots.delete(name);
    if (user.hasDueSlots) this.#queues.stand(user);
  }

  /** Says that the list sent last holds, unless a newer one is on its way; sees to it that one is when events wait. */
  #sayCurrent(user: LiveUser, name: string): void {
    const slot = user.slots.get(name);
    if (slot === undefined || slot.isDue || user.owesLists) return;
    if (user.eventsWaiting === 0) this.#context.sink.current(user.channel, name);
    else user.demand(slot.rules.definition);
  }

  /** After the commit, so that the store knows the events of the sessions that were closed. */
  #reopen(): void {
    const gone = this.#leavers.takeGone();
    if (gone.length === 0) return;
    for (const call of gone) this.take(call);
    this.commits.commit();
  }

  #runRound(isBounded: boolean): void {
    const { inHand } = this.#context;
    const hasJobs = this.#turns.fillRound(isBounded);
    // Whose run of the model it is cannot be said.
    inHand.clear();
    if (hasJobs) this.#round.run();
    this.#repair.run();
    inHand.clear();
  }

  #keepSegments(entry: SegmentsEntry): void {
    keepSegments(this.#context, entry, this.commits.addEntry(entry));
  }

  /** The lists of slots that are for segments may be others now. */
  #relistSegments(userId: string): void {
    const user = this.#live.openOf(userId);
    for (const slot of user?.slots.values() ?? [])
      if (user !== undefined && slot.rules.definition.segments !== undefined) this.relist(user, slot);
  }

  /** The user is the one on the call's channel; a call that takes part in the round has a place reserved there. */
  #carryOut(user: LiveUser, call: QueuedCall): void {
    switch (call.op) {
      case 'close':
        this.#leavers.left(user, call);
        this.#live.closeSession(user, call.session);
        return;
      case 'open':
        this.#live.open(call);
        return;
      case 'release':
        this.#leavers.left(user, call);
        this.#live.release(call.channel);
        return;
      case 'event':
        if (call.session > 0) this.#context.inHand.event(call.session, call.event.seq);
        else this.#context.inHand.question(call.call);
        this.#events.take(user, call);
        this.segments.note(user.userId);
        return;
      case 'recovered':
        this.#events.takeRecovered(user, call);
        return;
      case 'rank':
        this.#round.addRank(user, call);
        this.#partWith(user);
        return;
      case 'graph':
        this.#wishes.tellGraph(user, call.call);
        this.#partWith(user);
        return;
      case 'tune':
        this.#wishes.tune(user, call);
        this.#partWith(user);
        return;
      case 'consent':
        this.#wishes.consent(user, call);
        this.#partWith(user);
        return;
      case 'attributes':
        this.#wishes.keepAttributes(user, call);
        this.#partWith(user);
    }
  }

  /** A guest for whom nothing more is asked is forgotten. */
  #partWith(user: LiveUser): void {
    if (user.channel === NO_CHANNEL && user.calls.length === 0) this.#live.forgetGuest(user);
  }

  #countUsers(): void {
    const { stats } = this.#context;
    const { users, graph } = this.#context.model;
    stats.gauge(GAUGE.usersHot, users.size);
    stats.count(COUNTER.folds, graph.foldCount);
    graph.foldCount = 0;
  }
}
