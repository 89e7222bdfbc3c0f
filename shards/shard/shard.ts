import { COUNTER, GAUGE } from '../../metrics/table.js';
import { invariant } from '../../metrics/invariant.js';
import type { SessionSeq, ShardCall } from '../wire/calls.js';
import { Commits } from './commits.js';
import type { JournalEvent } from '../store/journal-record.js';
import { LiveUsers } from './live-users.js';
import { requestOf, takesRow, type OpenCall, type QueuedCall } from './queued-call.js';
import { Round } from './round.js';
import type { ServedModel } from './served-model.js';
import type { ShardParts } from './shard-parts.js';
import { StateSweep } from './state-sweep.js';
import { UserCalls } from './user-calls.js';
import { UserEvents } from './user-events.js';
import { UserMoves, type GivenUser } from './user-moves.js';
import type { SlotDefinition } from '../wire/slot-lists.js';

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
  readonly #live: LiveUsers;
  readonly #round: Round;
  readonly #calls: UserCalls;
  readonly #moves: UserMoves;
  readonly #sweep: StateSweep;
  #queue: QueuedCall[] = [];
  /** Opens of sessions that a waiting call closes: their `seq` is known when it was carried out. */
  #reopens: OpenCall[] = [];

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
    this.#live = new LiveUsers(parts, this.commits);
    this.#round = new Round(parts);
    const events = new UserEvents(parts, this.commits, this.#round);
    this.#calls = new UserCalls(this.#live, this.#round, events);
    this.#moves = new UserMoves(parts, this.commits, this.#live);
    this.#sweep = new StateSweep(parts, this.commits);
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
    this.commits.addStates(this.#parts.model.users.takeChanged(0));
    this.commits.commit();
    this.#reopen();
  }

  /** From now on another model serves; what it needs of its users is in `model`. Call between flushes. */
  serve(model: ServedModel): void {
    this.#parts.model = model;
  }

  /** Begins to write out all changed users; `sweepStep` does it bit by bit. */
  beginSweep(): void {
    this.#sweep.begin();
  }

  /** See `StateSweep.step`: false when nothing is left to do. Call between flushes. */
  sweepStep(): boolean {
    return this.#sweep.step();
  }

  /** See `UserMoves`, also for `merge` and `forget`. Call between flushes. */
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

  /** Carries out calls up to one per user and the size of a batch; the others stay queued in order. */
  #admit(): void {
    const calls = this.#queue;
    this.#queue = [];
    for (const call of calls) {
      const user = this.#live.on(call.channel);
      if (user === undefined) continue;
      if (user.hasWaiting || (takesRow(call) && !this.#round.reserve(user, requestOf(call)))) {
        user.hasWaiting = true;
        if (call.op === 'event') user.nextEventRound = this.#round.number;
        this.#queue.push(call);
        continue;
      }
      this.#calls.carryOut(user, call);
    }
    for (const call of this.#queue) {
      const user = this.#live.on(call.channel);
      if (user !== undefined) user.hasWaiting = false;
    }
  }

  #countUsers(): void {
    const { stats } = this.#parts;
    const { users, graph } = this.#parts.model;
    stats.gauge(GAUGE.usersHot, users.size);
    stats.count(COUNTER.folds, graph.foldCount);
    graph.foldCount = 0;
  }
}
