import { SmallMap } from '../../metrics/collections/small-map.js';
import { withdrawnIn, type SaidConsent } from '../graph/user-consent.js';
import type { ShardCall, ShardReply } from '../wire/calls.js';
import type { SlotDefinition } from '../wire/slot-lists.js';
import type { ShardEvent } from '../wire/shard-event.js';
import { Unacknowledged } from './unacknowledged.js';
import { UserCounts, type NoRoom } from './user-counts.js';

const NOBODY = (): void => undefined;

/** What may wait for a shard, of one user and of all. Events and ranks are counted apart: neither takes the other's room. */
export interface QueueBounds {
  /** Events. */
  readonly queueMax: number;
  readonly queueUserMax: number;
  /** Questions for a list or an order. */
  readonly ranksMax: number;
  readonly ranksUserMax: number;
}

/** A session that the gateway holds open, and its events that are not durable yet. */
export interface OpenSession {
  readonly number: number;
  readonly id: string;
  readonly channel: OpenChannel;
  /** How many `open`s wait for a `close`. */
  holders: number;
  /** The last event that the thread which runs has said to be applied, 0 for none. */
  applied: number;
  readonly unacknowledged: Unacknowledged;
}

/** A user that the gateway holds open. */
export interface OpenChannel {
  readonly number: number;
  /** The shard that owns the user. */
  readonly shard: number;
  readonly user: string;
  readonly slots: SmallMap<string, SlotDefinition>;
  readonly sessions: SmallMap<string, OpenSession>;
  /** Events of the user that were handed over and are neither durable nor refused. */
  eventCount: number;
  /** True while the user is merged into another, and from then on: their events are turned away. */
  isMoving: boolean;
  /** Number of the question that `keepWithdrawal` keeps for them; 0 for none. */
  withdrawal: number;
  /** Number of their newest consent, that one included; 0 for none. */
  consent: number;
}

/** What a user allows from now on, as it is asked. */
type ConsentCall = Extract<Question['call'], { readonly op: 'consent' }>;

/** A question that waits for its answer. Asked again, in order, when the shard had to be started again. */
export interface Question {
  /** The user whose event or rank it is; undefined for other questions. */
  readonly of: OpenChannel | undefined;
  readonly call: Extract<ShardCall, { readonly call: number }>;
  readonly answer: (reply: ShardReply) => void;
}

/**
 * All that one shard owes an answer for, and what it has to be told again after a crash: open users with their slots and
 * sessions, events not durable yet, questions. Bounded by `QueueBounds`. It stands apart from `ShardHandle`, for it
 * knows nothing of threads: what is owed is the same whichever thread runs.
 */
export class Outstanding {
  readonly byUser = new Map<string, OpenChannel>();
  readonly sessions = new Map<number, OpenSession>();
  readonly questions = new Map<number, Question>();
  /** Rank calls that wait, those included whose user is still being opened. */
  readonly ranks: UserCounts;
  readonly #bounds: QueueBounds;
  readonly #shard: number;
  readonly #number: () => number;
  /** Events handed over and neither durable nor refused; and those of them that the shard has not carried out, as far as it has said. */
  #eventCount = 0;
  #unheardCount = 0;

  /** `number` gives numbers that no channel, session or question of any shard has. */
  constructor(shard: number, bounds: QueueBounds, number: () => number) {
    this.#shard = shard;
    this.#bounds = bounds;
    this.#number = number;
    this.ranks = new UserCounts(bounds.ranksMax, bounds.ranksUserMax);
  }

  /** Events and ranks that wait. */
  get count(): number {
    return this.#eventCount + this.ranks.total;
  }

  /**
   * Why there is no room for so many more events of a user; undefined when there is. `channel` is theirs, if they are open; `room` is how
   * many may wait to be carried out while the shard has too much to do: what only waits for the disk takes none of it.
   */
  noRoomFor(count: number, channel: OpenChannel | undefined, room = Infinity): NoRoom | undefined {
    const { queueMax, queueUserMax } = this.#bounds;
    if ((channel?.eventCount ?? 0) + count > queueUserMax) return 'overrun';
    return this.#eventCount + count > queueMax || this.#unheardCount + count > room ? 'busy' : undefined;
  }

  /** A user's session with one holder more; both are new when nobody held them. */
  hold(user: string, sessionId: string): OpenSession {
    let channel = this.byUser.get(user);
    if (channel === undefined) {
      channel = {
        number: this.#number(),
        shard: this.#shard,
        user,
        slots: new SmallMap(),
        sessions: new SmallMap(),
        eventCount: 0,
        isMoving: false,
        withdrawal: 0,
        consent: 0,
      };
      this.byUser.set(user, channel);
    }
    let session = channel.sessions.get(sessionId);
    if (session === undefined) {
      session = {
        number: this.#number(),
        id: sessionId,
        channel,
        holders: 0,
        applied: 0,
        unacknowledged: new Unacknowledged(),
      };
      channel.sessions.set(sessionId, session);
      this.sessions.set(session.number, session);
    }
    session.holders++;
    return session;
  }

  addEvent(session: OpenSession, event: ShardEvent): void {
    session.unacknowledged.add(event);
    this.#count(session.channel, 1);
    this.#unheardCount++;
  }

  /** The shard has carried out an event of a session: lists contain it from now on. */
  applied(session: number, seq: number): void {
    this.heard();
    const open = this.sessions.get(session);
    if (open !== undefined && seq > open.applied) open.applied = seq;
  }

  /** The shard has carried out an event of a session, or refused it. It says so once of each. */
  heard(): void {
    if (this.#unheardCount > 0) this.#unheardCount--;
  }

  /** Drops what is durable up to `seq`. False when the session is not open. */
  settle(session: number, seq: number): boolean {
    const open = this.sessions.get(session);
    if (open === undefined) return false;
    this.#count(open.channel, -open.unacknowledged.settle(seq));
    return true;
  }

  /** Drops one event that was refused. False when the session is not open. */
  refuse(session: number, seq: number): boolean {
    const open = this.sessions.get(session);
    if (open === undefined) return false;
    if (open.unacknowledged.refuse(seq)) this.#count(open.channel, -1);
    return true;
  }

  addQuestion(question: Question): void {
    const { call, of } = question;
    this.questions.set(call.call, question);
    if (call.op === 'consent') this.#noteConsent(call);
    if (call.op !== 'event' || of === undefined) return;
    this.#count(of, 1);
    this.#unheardCount++;
  }

  /** The question of this number, which is owed no longer. */
  takeQuestion(number: number): Question | undefined {
    const question = this.questions.get(number);
    if (question === undefined) return undefined;
    this.questions.delete(number);
    const { call, of } = question;
    if (call.op !== 'event' || of === undefined) return question;
    this.#count(of, -1);
    this.heard();
    return question;
  }

  /**
   * A consent that was refused, or that nobody waits for any more, as the shard was down for too long: where it takes something back it
   * counts still for the events of the user that wait or come, so it is told as long as they are open. One for each user. What the shard has
   * to be told; undefined when there is nothing, or when it is the last that the shard was told of them.
   */
  keepWithdrawal({ user, said }: Pick<ConsentCall, 'user' | 'said'>): ConsentCall | undefined {
    const channel = this.byUser.get(user);
    const withdrawn = withdrawnIn(said);
    if (channel === undefined || withdrawn === undefined) return undefined;
    const before = this.questions.get(channel.withdrawal)?.call;
    const kept = before?.op === 'consent' ? before.said : {};
    const both = { ...kept, ...withdrawn };
    if (channel.consent === channel.withdrawal && isSame(both, kept)) return undefined;
    this.questions.delete(channel.withdrawal);
    // The answer to the one before does not settle this one.
    const call = { op: 'consent', call: this.#number(), user, said: both } as const;
    channel.withdrawal = channel.consent = call.call;
    this.questions.set(call.call, { call, answer: NOBODY, of: undefined });
    return call;
  }

  removeSession(session: OpenSession): void {
    this.#count(session.channel, -session.unacknowledged.count);
    session.unacknowledged.clear();
    this.sessions.delete(session.number);
    session.channel.sessions.delete(session.id);
  }

  /** True while the user is open. */
  holds(channel: OpenChannel): boolean {
    return this.byUser.get(channel.user) === channel;
  }

  removeChannel(channel: OpenChannel): void {
    this.byUser.delete(channel.user);
    this.questions.delete(channel.withdrawal);
  }

  /**
   * Everything a fresh thread has to be told, in an order that it can take it in. Events come without the order that they had
   * among questions: so what is taken back of a consent comes before all of them, and what is allowed behind them. Nothing is kept of an
   * event that came after its user had withdrawn that; of one that came before, as little may be.
   */
  *replay(): Generator<ShardCall> {
    this.#unheardCount = this.#eventCount;
    for (const session of this.sessions.values()) session.applied = 0;
    yield* this.#opens();
    yield* this.definitions();
    yield* this.#withdrawals();
    for (const session of this.sessions.values()) {
      for (const event of session.unacknowledged.resend())
        yield { op: 'event', channel: session.channel.number, session: session.number, event, call: 0 };
    }
    for (const { call } of this.questions.values()) if (call.op !== 'open') yield call;
  }

  *#withdrawals(): Generator<ShardCall> {
    for (const { call } of this.questions.values()) {
      const said = call.op === 'consent' ? withdrawnIn(call.said) : undefined;
      if (call.op === 'consent' && said !== undefined)
        yield { op: 'consent', call: this.#number(), user: call.user, said };
    }
  }

  /** The slots of all open users. */
  *definitions(): Generator<ShardCall> {
    for (const { number, slots } of this.byUser.values())
      if (slots.size > 0) yield { op: 'subscribe', channel: number, slots: [...slots.values()] };
  }

  /** All open sessions: first those whose answer nobody waits for, then those that are asked for. */
  *#opens(): Generator<ShardCall> {
    const asked = new Set<string>();
    for (const { call } of this.questions.values())
      if (call.op === 'open') asked.add(`${call.channel}/${call.session}`);
    for (const { number, id, channel } of this.sessions.values()) {
      if (asked.has(`${channel.number}/${number}`)) continue;
      yield {
        op: 'open',
        call: this.#number(),
        channel: channel.number,
        user: channel.user,
        session: number,
        sessionId: id,
        isExact: false,
      };
    }
    for (const { call } of this.questions.values()) if (call.op === 'open') yield call;
  }

  #noteConsent({ call, user }: ConsentCall): void {
    const channel = this.byUser.get(user);
    if (channel !== undefined) channel.consent = call;
  }

  #count(channel: OpenChannel, events: number): void {
    channel.eventCount += events;
    this.#eventCount += events;
    if (this.#eventCount === 0) this.#unheardCount = 0;
  }
}

function isSame(one: SaidConsent, other: SaidConsent): boolean {
  return one.personalise === other.personalise && one.learn === other.learn;
}
