import type { ShardCall, ShardReply } from '../wire/calls.js';
import type { SlotDefinition } from '../wire/slot-lists.js';
import type { ShardEvent } from '../wire/shard-event.js';

/** A session that the gateway holds open, and its events that are not durable yet, oldest first. */
export interface OpenSession {
  readonly number: number;
  readonly id: string;
  readonly channel: OpenChannel;
  /** How many `open`s wait for a `close`. */
  holders: number;
  readonly unacknowledged: ShardEvent[];
}

/** A user that the gateway holds open. */
export interface OpenChannel {
  readonly number: number;
  /** The shard that owns the user. */
  readonly shard: number;
  readonly user: string;
  readonly slots: Map<string, SlotDefinition>;
  readonly sessions: Map<string, OpenSession>;
  /** True while the user is merged into another, and from then on: their events are turned away. */
  isMoving: boolean;
}

/** A question that waits for its answer. Asked again, in order, when the shard had to be started again. */
export interface Question {
  readonly call: Extract<ShardCall, { readonly call: number }>;
  readonly answer: (reply: ShardReply) => void;
}

/**
 * All that one shard owes an answer for, and what it has to be told again after a crash: open users with their slots and
 * sessions, events not durable yet, questions. Bounded by the pool's `queueMax`. It stands apart from `ShardHandle`, for it
 * knows nothing of threads: what is owed is the same whichever thread runs.
 */
export class Outstanding {
  readonly byUser = new Map<string, OpenChannel>();
  readonly sessions = new Map<number, OpenSession>();
  readonly questions = new Map<number, Question>();
  readonly #shard: number;
  readonly #number: () => number;
  /** Events handed over and neither durable nor refused. */
  #eventCount = 0;

  /** `number` gives numbers that no channel, session or question of any shard has. */
  constructor(shard: number, number: () => number) {
    this.#shard = shard;
    this.#number = number;
  }

  /** Events and questions that wait. */
  get count(): number {
    return this.#eventCount + this.questions.size;
  }

  /** A user's session with one holder more; both are new when nobody held them. */
  hold(user: string, sessionId: string): OpenSession {
    let channel = this.byUser.get(user);
    if (channel === undefined) {
      channel = {
        number: this.#number(),
        shard: this.#shard,
        user,
        slots: new Map(),
        sessions: new Map(),
        isMoving: false,
      };
      this.byUser.set(user, channel);
    }
    let session = channel.sessions.get(sessionId);
    if (session === undefined) {
      session = { number: this.#number(), id: sessionId, channel, holders: 0, unacknowledged: [] };
      channel.sessions.set(sessionId, session);
      this.sessions.set(session.number, session);
    }
    session.holders++;
    return session;
  }

  addEvent(session: OpenSession, event: ShardEvent): void {
    session.unacknowledged.push(event);
    this.#eventCount++;
  }

  /** Drops what is durable up to `seq`. False when the session is not open. */
  settle(session: number, seq: number): boolean {
    const unacknowledged = this.sessions.get(session)?.unacknowledged;
    if (unacknowledged === undefined) return false;
    let done = 0;
    while (done < unacknowledged.length && unacknowledged[done].seq <= seq) done++;
    unacknowledged.splice(0, done);
    this.#eventCount -= done;
    return true;
  }

  /** Drops one event that was refused. False when the session is not open. */
  refuse(session: number, seq: number): boolean {
    const unacknowledged = this.sessions.get(session)?.unacknowledged;
    if (unacknowledged === undefined) return false;
    const at = unacknowledged.findIndex((event) => event.seq === seq);
    if (at < 0) return true;
    unacknowledged.splice(at, 1);
    this.#eventCount--;
    return true;
  }

  /** The question of this number, which is owed no longer. */
  takeQuestion(call: number): Question | undefined {
    const question = this.questions.get(call);
    this.questions.delete(call);
    return question;
  }

  removeSession(session: OpenSession): void {
    this.#eventCount -= session.unacknowledged.length;
    session.unacknowledged.length = 0;
    this.sessions.delete(session.number);
    session.channel.sessions.delete(session.id);
  }

  removeChannel(channel: OpenChannel): void {
    this.byUser.delete(channel.user);
  }

  /** Everything a fresh thread has to be told, in an order that it can take it in. */
  *replay(): Generator<ShardCall> {
    yield* this.#opens();
    yield* this.definitions();
    for (const session of this.sessions.values()) {
      for (const event of session.unacknowledged)
        yield { op: 'event', channel: session.channel.number, session: session.number, event, call: 0 };
    }
    for (const { call } of this.questions.values()) if (call.op !== 'open') yield call;
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
}
