import type { ShardEvent, SlotDefinition } from './api.js';
import type { ShardCall, ShardReply } from './calls.js';

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
  readonly user: string;
  readonly slots: Map<string, SlotDefinition>;
  readonly sessions: Map<string, OpenSession>;
  /** True while the user is merged into another, and from then on: his events are turned away. */
  isMoving: boolean;
}

/** A question that waits for its answer. Asked again, in order, when the shard had to be started again. */
export interface Question {
  readonly call: ShardCall;
  readonly answer: (reply: ShardReply) => void;
}

/**
 * All that one shard owes an answer for, and what it has to be told again after a crash: open users with their slots and
 * sessions, events not durable yet, questions. Bounded by the pool's `queueMax`.
 */
export class Outstanding {
  readonly channels = new Map<number, OpenChannel>();
  readonly byUser = new Map<string, OpenChannel>();
  readonly sessions = new Map<number, OpenSession>();
  readonly questions = new Map<number, Question>();
  /** Events handed over and neither durable nor refused. */
  eventCount = 0;

  get count(): number {
    return this.eventCount + this.questions.size;
  }

  addEvent(session: OpenSession, event: ShardEvent): void {
    session.unacknowledged.push(event);
    this.eventCount++;
  }

  /** Drops what is durable up to `seq`. */
  settle(session: OpenSession, seq: number): void {
    const { unacknowledged } = session;
    let done = 0;
    while (done < unacknowledged.length && unacknowledged[done].seq <= seq) done++;
    unacknowledged.splice(0, done);
    this.eventCount -= done;
  }

  /** Drops one event that was refused. */
  refuse(session: OpenSession, seq: number): void {
    const at = session.unacknowledged.findIndex((event) => event.seq === seq);
    if (at < 0) return;
    session.unacknowledged.splice(at, 1);
    this.eventCount--;
  }

  removeSession(session: OpenSession): void {
    this.eventCount -= session.unacknowledged.length;
    session.unacknowledged.length = 0;
    this.sessions.delete(session.number);
    session.channel.sessions.delete(session.id);
  }

  removeChannel(channel: OpenChannel): void {
    this.channels.delete(channel.number);
    this.byUser.delete(channel.user);
  }

  /** Everything a fresh thread has to be told, in an order that it can take it in. `openCall` numbers the opens, whose answers nobody waits for. */
  *replay(openCall: () => number): Generator<ShardCall> {
    const asked = new Set<string>();
    for (const { call } of this.questions.values())
      if (call.op === 'open') asked.add(`${call.channel}/${call.session}`);
    for (const session of this.sessions.values()) {
      const { channel } = session;
      if (asked.has(`${channel.number}/${session.number}`)) continue;
      yield {
        op: 'open',
        call: openCall(),
        channel: channel.number,
        user: channel.user,
        session: session.number,
        sessionId: session.id,
        isExact: false,
      };
    }
    for (const { call } of this.questions.values()) if (call.op === 'open') yield call;
    for (const channel of this.channels.values()) {
      if (channel.slots.size > 0)
        yield { op: 'subscribe', channel: channel.number, slots: [...channel.slots.values()] };
    }
    for (const session of this.sessions.values()) {
      for (const event of session.unacknowledged)
        yield { op: 'event', call: 0, channel: session.channel.number, session: session.number, event };
    }
    for (const { call } of this.questions.values()) if (call.op !== 'open') yield call;
  }
}
