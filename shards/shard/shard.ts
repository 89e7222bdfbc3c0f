import { COUNTER, GAUGE } from '../../metrics/table.js';
import { invariant } from '../../metrics/invariant.js';
import type { AskedRank, EventCall, OpenCall, SessionSeq, ShardCall } from '../wire/calls.js';
import { Commits } from './commits.js';
import type { JournalEvent } from '../store/journal-record.js';
import type { LiveUser } from './live-user.js';
import { LiveUsers } from './live-users.js';
import { Round } from './round.js';
import type { ServedModel } from './served-model.js';
import type { ShardContext } from './shard-context.js';
import { StateSweep } from './state-sweep.js';
import { UserEvents, type RecoveredEvent } from './user-events.js';
import { UserMoves, type GivenUser } from './user-moves.js';
import type { RankRequest, SlotDefinition } from '../wire/slot-lists.js';

/** Calls that take no part in a round. */
type ChannelCall = Extract<ShardCall, { op: 'close' | 'release' | 'unsubscribe' }>;

/** Calls that wait for a round and keep their order per user. */
type QueuedCall =
  | EventCall
  | AskedRank
  | RecoveredEvent
  | Extract<ShardCall, { op: 'subscribe' }>
  | ChannelCall;

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
  readonly #context: ShardContext;
  readonly #live: LiveUsers;
  readonly #round: Round;
  readonly #events: UserEvents;
  readonly #moves: UserMoves;
  readonly #sweep: StateSweep;
  #queue: QueuedCall[] = [];
  /** Opens of sessions that a waiting call closes. Their `seq` is known once that call has been carried out. */
  #reopens: OpenCall[] = [];

  constructor(context: ShardContext) {
    this.#context = context;
    this.commits = new Commits(context, (session, seq) => {
      session.durable = Math.max(session.durable, seq);
      context.sink.durable(session.number, seq);
    });
    this.#live = new LiveUsers(context, this.commits);
    this.#round = new Round(context);
    this.#events = new UserEvents(context, this.commits, this.#round);
    this.#moves = new UserMoves(context, this.commits, this.#live);
    this.#sweep = new StateSweep(context, this.commits);
  }

  /** Calls taken in that wait for `flush`. */
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
        else this.#live.open(call);
        return;
      default:
        invariant(false, `a shard does not take "${call.op}" here`);
    }
  }

  /** A journal event of a recovery; `channel` as given by `openRecovery`. */
  takeRecovered(channel: number, event: JournalEvent, position: number, learns: boolean): void {
    this.#queue.push({ op: 'recovered', channel, event, position, learns });
  }

  /** See `LiveUsers.openRecovery`. */
  openRecovery(userId: string, slots: readonly SlotDefinition[] = []): number {
    return this.#live.openRecovery(userId, slots);
  }

  closeRecovery(): void {
    this.#live.closeRecovery();
  }

  /** Carries out everything taken in, sends lists, and commits. */
  flush(): void {
    while (this.#queue.length > 0) {
      this.#round.begin();
      this.#admit();
      this.#round.run();
    }
    this.#countUsers();
    this.commits.addStates(this.#context.model.users.takeChanged(0));
    this.commits.commit();
    this.#reopen();
  }

  /** From now on another model serves; what it needs of its users is in `model`. Call between two ticks. */
  serve(model: ServedModel): void {
    this.#context.model = model;
  }

  /** Begins to write out all changed users; `sweepStep` does it bit by bit. */
  beginSweep(): void {
    this.#sweep.begin();
  }

  /** See `StateSweep.step`: false when nothing is left to do. Call between two ticks. */
  sweepStep(): boolean {
    return this.#sweep.step();
  }

  /** See `UserMoves`, also for `merge` and `forget`. Call between two ticks. */
  give(userId: string): GivenUser {
    return this.#moves.give(userId);
  }

  merge(from: string, into: string, state: Uint8Array | undefined, sessions: readonly SessionSeq[]): void {
    this.#moves.merge(from, into, state, sessions);
  }

  forget(userId: string, to: string): void {
    this.#moves.forget(userId, to);
  }

  #isClosing({ user, sessionId }: OpenCall): boolean {
    return this.#queue.some(
      (call) => call.op === 'close' && this.#live.isNamed(call.session, user, sessionId),
    );
  }

  /** After the commit, so that the store knows the events of the sessions that were closed. */
  #reopen(): void {
    if (this.#reopens.length === 0) return;
    for (const call of this.#reopens.splice(0)) this.#live.open(call);
    this.commits.commit();
  }

  /** Carries out the calls that fit into the round, at most one of each user; the others stay queued in order. */
  #admit(): void {
    const calls = this.#queue;
    this.#queue = [];
    for (const call of calls) {
      const user = this.#live.on(call.channel);
      if (user === undefined) continue;
      if (user.hasWaiting || (takesPart(call) && !this.#round.reserve(user, requestOf(call)))) {
        user.hasWaiting = true;
        if (call.op === 'event') user.nextEventRound = this.#round.number;
        this.#queue.push(call);
        continue;
      }
      this.#carryOut(user, call);
    }
    for (const call of this.#queue) {
      const user = this.#live.on(call.channel);
      if (user !== undefined) user.hasWaiting = false;
    }
  }

  /** The user is the one on the call's channel; a call that takes part in the round has a place reserved there. */
  #carryOut(user: LiveUser, call: QueuedCall): void {
    switch (call.op) {
      case 'close':
        this.#live.closeSession(user, call.session);
        return;
      case 'release':
        this.#live.release(call.channel);
        return;
      case 'unsubscribe':
        for (const name of call.names) user.slots.delete(name);
        return;
      case 'event':
        this.#events.take(user, call);
        return;
      case 'recovered':
        this.#events.takeRecovered(user, call);
        return;
      case 'subscribe':
        this.#round.addLists(
          user,
          call.slots.map((definition) => user.define(definition)),
        );
        return;
      case 'rank':
        this.#round.addRank(user, call);
    }
  }

  #countUsers(): void {
    const { stats } = this.#context;
    const { users, graph } = this.#context.model;
    stats.gauge(GAUGE.usersHot, users.size);
    stats.count(COUNTER.folds, graph.foldCount);
    graph.foldCount = 0;
  }
}

/** True for a call that becomes a job of a round; a round takes one such call of each user. */
function takesPart(call: QueuedCall): boolean {
  return call.op !== 'close' && call.op !== 'release' && call.op !== 'unsubscribe';
}

/** What the call wants ranked; undefined for every call but `rank`. */
function requestOf(call: QueuedCall): RankRequest | undefined {
  return call.op === 'rank' ? call.request : undefined;
}
