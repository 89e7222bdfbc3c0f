import { COUNTER, GAUGE, HISTOGRAM } from '../metrics/catalogue.js';
import type { Clock } from '../metrics/clock.js';
import { invariant } from '../metrics/invariant.js';
import type { ThreadStats } from '../metrics/thread-stats.js';
import type { SlotDefinition } from './api.js';
import type { SessionSeq, ShardCall, ShardSink } from './calls.js';
import { Commits } from './commits.js';
import type { EventApplier, GraphEvent } from './event-applier.js';
import type { InterestCodec } from './graph/interest-codec.js';
import type { InterestGraph } from './graph/interest-graph.js';
import { mergeGraphs } from './graph/merge-graphs.js';
import type { JournalEvent } from './journal-record.js';
import type { ListService } from './list-service.js';
import { LiveUser, type LiveSession, type LiveSlot } from './live-user.js';
import type { StepBatch } from './step-batch.js';
import type { ShardStore } from './store/store.js';
import type { UserTable } from './user-table.js';

/** The parts a shard is made of; `build-shard.ts` puts them together. */
export interface ShardParts {
  readonly store: ShardStore;
  readonly graph: InterestGraph;
  readonly codec: InterestCodec;
  readonly users: UserTable;
  readonly applier: EventApplier;
  readonly step: StepBatch;
  readonly lists: ListService;
  readonly stats: ThreadStats;
  readonly clock: Clock;
  readonly sink: ShardSink;
  /** Called with what broke; the thread ends. */
  readonly fail: (error: unknown) => void;
}

type EventCall = Extract<ShardCall, { op: 'event' }>;
type RankCall = Extract<ShardCall, { op: 'rank' }>;
type RecoveredEvent = {
  readonly op: 'recovered';
  readonly channel: number;
  readonly event: JournalEvent;
  readonly position: number;
  readonly learns: boolean;
};
type OpenCall = Extract<ShardCall, { op: 'open' }>;
/** Calls that take no row of a round. */
type ChannelCall = Extract<ShardCall, { op: 'close' | 'release' | 'unsubscribe' }>;
/** Calls that keep their order per user. */
type UserCall = EventCall | RankCall | RecoveredEvent | Extract<ShardCall, { op: 'subscribe' }> | ChannelCall;

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

/** User states written at most in one commit of the sweep, so that no click waits long behind it. */
const SWEEP_STATES = 48;

/**
 * Single-threaded owner of its users: no threads, clock or disk of its own.
 *
 * Order: calls of one user are carried out as they come; calls of different users may overtake each other within a tick.
 * A tick (`flush`) works in rounds: each round takes at most one graph-changing call of each user, so that one run of the
 * model serves them all and a second click of a user sees the state of the first. The lists of a round leave as soon as it
 * is through; when all rounds are, the tick is committed and then, after fsync, acknowledged.
 * Bounds: a round holds at most `BATCH_USERS` users; the rest wait in order.
 * Failure: whatever throws is a broken invariant or a broken disk and ends the shard; the pool starts it again from its store.
 */
export class Shard {
  readonly commits: Commits;
  readonly #parts: ShardParts;
  readonly #channels = new Map<number, LiveUser>();
  readonly #sessions = new Map<number, { readonly user: LiveUser; readonly session: LiveSession }>();
  #queue: UserCall[] = [];
  /** Opens of sessions that a waiting call closes: their `seq` is known when it was carried out. */
  #reopens: OpenCall[] = [];
  #round = 0;
  #jobs: Job[] = [];
  /** Journal position up to which a running sweep makes states durable (−1: none runs), and users it has still to write. */
  #sweepTo = -1;
  #sweepLeft = 0;

  constructor(parts: ShardParts) {
    this.#parts = parts;
    this.commits = new Commits(
      parts.store,
      parts.stats,
      parts.clock,
      (session, seq) => {
        session.durable = Math.max(session.durable, seq);
        parts.sink.durable(session.number, seq);
      },
      parts.fail,
    );
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Takes one call in. All but `open` wait for `flush`. */
  take(call: ShardCall): void {
    switch (call.op) {
      case 'event':
      case 'rank':
      case 'subscribe':
      case 'unsubscribe':
      case 'close':
      case 'release':
        this.#queue.push(call);
        return;
      case 'open':
        if (this.#isClosing(call)) this.#reopens.push(call);
        else this.#open(call);
        return;
      default:
        invariant(false, `a shard does not take "${call.op}" here`);
    }
  }

  /** A journal event of a recovery; `channel` as given by `openRecovery`. */
  takeRecovered(channel: number, event: JournalEvent, position: number, learns: boolean): void {
    this.#queue.push({ op: 'recovered', channel, event, position, learns });
  }

  /** A channel for a user whose recorded events are replayed, with slots whose lists are wanted; negative, so that it meets no other. */
  openRecovery(userId: string, slots: readonly SlotDefinition[] = []): number {
    const channel = -1 - this.#channels.size;
    const user = new LiveUser(channel, userId);
    for (const slot of slots) user.define(slot);
    this.#channels.set(channel, user);
    return channel;
  }

  closeRecovery(): void {
    for (const channel of this.#channels.keys()) if (channel < 0) this.#channels.delete(channel);
  }

  /** Carries out everything taken in, sends lists, and commits. */
  async flush(): Promise<void> {
    while (this.#queue.length > 0) await this.#runRound();
    this.#countUsers();
    this.commits.addStates(this.#parts.users.takeChanged(0));
    this.commits.commit();
    this.#reopen();
  }

  /** After the commit, so that the store knows the events of the sessions that were closed. */
  #reopen(): void {
    if (this.#reopens.length === 0) return;
    for (const call of this.#reopens.splice(0)) this.#open(call);
    this.commits.commit();
  }

  /** Begins to write out all changed users; `sweepStep` does it bit by bit. */
  beginSweep(): void {
    if (this.#sweepTo >= 0) return;
    this.#sweepTo = this.#parts.store.journalEnd;
    this.#sweepLeft = this.#parts.users.dirtyCount;
  }

  /** Writes some changed users; the last step moves the checkpoint. False when nothing is left to do. Call between flushes. */
  sweepStep(): boolean {
    if (this.#sweepTo < 0) return false;
    this.commits.addStates(this.#parts.users.takeChanged(SWEEP_STATES));
    this.#sweepLeft -= SWEEP_STATES;
    const done = this.#sweepLeft <= 0;
    this.commits.commit(done ? { checkpoint: this.#sweepTo } : {});
    if (done) this.#sweepTo = -1;
    return !done;
  }

  /** State of a user for a merge, and the last seq of his sessions: those open, and the one that he is named after. */
  give(userId: string): { state: Uint8Array | undefined; sessions: SessionSeq[] } {
    const { users, store, graph, codec } = this.#parts;
    const slot = users.load(userId);
    const isEmpty = graph.slabs.nodeCount[slot] === 0 && graph.slabs.seenCount[slot] === 0;
    const seqs = new Map<string, number>([[userId, store.sessionSeq(userId, userId) ?? 0]]);
    for (const { user, session } of this.#sessions.values()) {
      if (user.userId === userId && session.id !== '') seqs.set(session.id, session.applied);
    }
    const sessions = Array.from(seqs, ([sessionId, seq]) => ({ sessionId, seq })).filter(
      ({ seq }) => seq > 0,
    );
    return { state: isEmpty ? undefined : new Uint8Array(codec.encode(slot)), sessions };
  }

  /** Adds another user's state and his sessions to `into`; durable with the next commit. */
  merge(from: string, into: string, state: Uint8Array | undefined, sessions: readonly SessionSeq[]): void {
    const { users, graph, codec, store } = this.#parts;
    if (store.alias(from) === into) return;
    const slot = users.load(into);
    if (state !== undefined) {
      codec.decode(users.spareSlot, state);
      mergeGraphs(graph, slot, users.spareSlot);
    }
    users.markDirty(into, slot);
    this.commits.addAlias(from, into);
    for (const { sessionId, seq } of sessions) this.commits.addSession(into, sessionId, seq);
    this.commits.addStates(users.takeChanged(Number.MAX_SAFE_INTEGER));
    this.#parts.stats.count(COUNTER.usersMerged);
  }

  /** Removes a user who was merged into another. */
  forget(userId: string, to: string): void {
    this.#parts.users.drop(userId);
    this.commits.addStates([{ userId, bytes: undefined }]);
    this.commits.addAlias(userId, to);
  }

  #isClosing({ user, sessionId }: OpenCall): boolean {
    return this.#queue.some((call) => {
      const closing = call.op === 'close' ? this.#sessions.get(call.session) : undefined;
      return closing?.session.id === sessionId && sessionId !== '' && closing.user.userId === user;
    });
  }

  #open(call: OpenCall): void {
    const { store, sink, clock } = this.#parts;
    const alias = store.alias(call.user);
    if (alias !== undefined) {
      sink.reply({ op: 'opened', call: call.call, seq: 0, rev: 0, alias });
      return;
    }
    let user = this.#channels.get(call.channel);
    if (user === undefined) {
      user = new LiveUser(call.channel, call.user);
      this.#channels.set(call.channel, user);
    }
    let session = user.sessions.get(call.session);
    if (session === undefined) {
      const seq = store.sessionSeq(call.user, call.sessionId) ?? 0;
      session = { number: call.session, id: call.sessionId, applied: seq, durable: seq };
      user.sessions.set(call.session, session);
      this.#sessions.set(call.session, { user, session });
    }
    const opened = session;
    const rev = user.rev === 0 ? user.nextRev(clock.nowMs()) : user.rev;
    const answer = () =>
      sink.reply({ op: 'opened', call: call.call, seq: opened.applied, rev, alias: undefined });
    if (call.isExact) this.commits.whenDurable(answer);
    else answer();
  }

  async #runRound(): Promise<void> {
    const { step, clock, stats } = this.#parts;
    const startedUs = clock.nowUs();
    this.#round++;
    this.#jobs = [];
    step.begin();
    this.#parts.lists.begin();
    this.#admit();
    const graphUs = clock.nowUs();
    stats.observe(HISTOGRAM.stage.graph, graphUs - startedUs);
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
    this.#answer();
    this.#parts.sink.answered();
    stats.observe(HISTOGRAM.stage.ranking, clock.nowUs() - modelUs);
  }

  /** Carries out calls up to one per user and the size of a batch; the others stay queued in order. */
  #admit(): void {
    const calls = this.#queue;
    this.#queue = [];
    for (const call of calls) {
      const user = this.#channels.get(call.channel);
      if (user === undefined) continue;
      if (user.hasWaiting || (takesRow(call) && !this.#hasRowFor(user, call))) {
        user.hasWaiting = true;
        if (call.op === 'event') user.nextEventRound = this.#round;
        this.#queue.push(call);
        continue;
      }
      this.#carryOut(user, call);
    }
    for (const call of this.#queue) {
      const user = this.#channels.get(call.channel);
      if (user !== undefined) user.hasWaiting = false;
    }
  }

  /** True when the call is its user's first of the round and the round has room for it, which is reserved then. */
  #hasRowFor(user: LiveUser, call: UserCall): boolean {
    return (
      user.round !== this.#round &&
      this.#parts.lists.reserve(this.#jobs.length, call.op === 'rank' ? call.request : undefined)
    );
  }

  #carryOut(user: LiveUser, call: UserCall): void {
    switch (call.op) {
      case 'close':
        user.sessions.delete(call.session);
        this.#sessions.delete(call.session);
        return;
      case 'release':
        this.#channels.delete(call.channel);
        return;
      case 'unsubscribe':
        for (const name of call.names) user.slots.delete(name);
        return;
      case 'event':
        this.#event(user, call);
        return;
      case 'recovered':
        this.#recovered(user, call);
        return;
      case 'subscribe': {
        const slots = call.slots.map((definition) => user.define(definition));
        this.#addJob(user, -1, slots, null);
        return;
      }
      case 'rank':
        this.#addJob(user, -1, [], call);
    }
  }

  #event(user: LiveUser, call: EventCall): void {
    const { event } = call;
    const session = call.session === 0 ? undefined : user.sessions.get(call.session);
    if (!this.#isNext(user, session, call)) {
      // An earlier event of the tick left its lists to this one.
      if (user.owesLists) this.#addJob(user, -1, null, null);
      return;
    }
    const { commits } = this;
    this.#applyEvent(user, event, commits.position, true);
    commits.addEvent(user, session, {
      user: user.userId,
      session: session?.id ?? '',
      seq: event.seq,
      kind: event.kind,
      tsMs: event.tsMs,
      items: event.items,
      value: event.value,
      quantity: event.quantity,
      query: event.query,
      hits: event.hits === undefined ? [] : Array.from(event.hits),
      eventId: event.eventId ?? '',
    });
    this.#parts.stats.count(COUNTER.eventsApplied);
    if (session === undefined) {
      commits.whenDurable(() => this.#parts.sink.reply({ op: 'taken', call: call.call, outcome: 'applied' }));
      return;
    }
    session.applied = event.seq;
    this.#parts.sink.applied(session.number, event.seq);
  }

  /** D2 and D3: false when the event was applied before or skips ahead; that is answered here. */
  #isNext(user: LiveUser, session: LiveSession | undefined, call: EventCall): boolean {
    const { sink, stats } = this.#parts;
    const { event } = call;
    if (session === undefined) {
      if (call.session !== 0) return false;
      const { eventId } = event;
      if (eventId === undefined || !this.commits.hasEventId(user.userId, eventId)) return true;
      stats.count(COUNTER.eventsDuplicate);
      this.commits.whenDurable(() => sink.reply({ op: 'taken', call: call.call, outcome: 'duplicate' }));
      return false;
    }
    if (event.seq === session.applied + 1) return true;
    if (event.seq > session.applied) {
      sink.refused(session.number, event.seq, session.applied + 1);
      return false;
    }
    stats.count(COUNTER.eventsDuplicate);
    sink.applied(session.number, session.applied);
    if (event.seq <= session.durable) sink.durable(session.number, session.durable);
    return false;
  }

  #recovered(user: LiveUser, call: RecoveredEvent): void {
    const { event } = call;
    this.#applyEvent(user, { ...event, hits: Int32Array.from(event.hits) }, call.position, call.learns);
  }

  /**
   * Applies all items of an event. Of an event of several items only the last click gets a new state: they happened at
   * once, and the others keep their vectors as states.
   */
  #applyEvent(user: LiveUser, event: GraphEvent, position: number, learns: boolean): void {
    const { users, applier, graph } = this.#parts;
    const slot = users.load(user.userId);
    let node = -1;
    const count = Math.max(1, event.items.length);
    for (let i = 0; i < count; i++) if (applier.apply(slot, event, i, learns)) node = applier.click.node;
    if (event.query !== '' && event.hits !== undefined) user.searched(event.hits, graph.slabs.order[slot]);
    user.fadeSearch(graph.slabs.order[slot]);
    graph.slabs.position[slot] = position + 1;
    users.markDirty(user.userId, slot);
    this.#addJob(user, node, null, null);
  }

  #addJob(user: LiveUser, node: number, slots: readonly LiveSlot[] | null, rank: RankCall | null): void {
    const { users, step, applier } = this.#parts;
    const slot = users.load(user.userId);
    const row = node >= 0 ? step.addClick(slot, node, applier.click.before) : step.addStored(slot);
    user.round = this.#round;
    this.#jobs.push({ user, slot, row, slots, rank, wantsLists: true });
  }

  #addCandidates(): void {
    const { lists } = this.#parts;
    for (const job of this.#jobs) {
      if (job.rank !== null) lists.addRankCandidates(job.row, job.slot, job.user, job.rank.request);
      else if (this.#wantsLists(job)) lists.addCandidates(job.row, job.slot, job.user);
    }
  }

  /** Lists are due unless the user has no slots, or a later call of his, in this tick, will bring newer ones. */
  #wantsLists(job: Job): boolean {
    job.user.owesLists = job.user.nextEventRound === this.#round;
    job.wantsLists = job.user.slots.size > 0 && !job.user.owesLists;
    return job.wantsLists;
  }

  #answer(): void {
    const { lists, sink } = this.#parts;
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

  #countUsers(): void {
    const { stats, users, graph } = this.#parts;
    stats.gauge(GAUGE.usersHot, users.size);
    stats.count(COUNTER.folds, graph.foldCount);
    graph.foldCount = 0;
  }
}

function takesRow(call: UserCall): boolean {
  return call.op !== 'close' && call.op !== 'release' && call.op !== 'unsubscribe';
}
