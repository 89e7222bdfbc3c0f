import type { Event, Recs, ServerMessage, Welcome, WireError } from '../../gateway/protocol/messages.js';
import type { Clock } from '../../metrics/process/clock.js';
import { GatewaySocket, helloOf, type SocketOwner } from '../target/gateway-socket.js';
import type { RecordedEvent } from './recorded.js';

/** What a user tells the player. */
export interface ReplayListener {
  /** The event is about to be sent; `list` is what the user sees now. */
  sending(event: RecordedEvent, list: readonly string[]): void;
  /** The list that knows the event came, `tookUs` after it was sent. */
  listed(event: RecordedEvent, list: readonly string[], tookUs: number): void;
  acked(tookUs: number): void;
  /** The gateway refused the event for good. */
  refused(event: RecordedEvent, code: string): void;
  /** The socket that `close` was called on is closed. */
  closed(): void;
  /** The connection broke; it is opened again. */
  reconnecting(code: number, reason: string): void;
  /** It broke `REOPEN_MAX` times in a row. */
  gaveUp(reason: string): void;
}

/** One event on its way, until its ack. */
interface Sent {
  readonly event: RecordedEvent;
  readonly message: Event;
  readonly sentUs: number;
}

const REOPEN_MAX = 50;
const REOPEN_AFTER_MS = 100;
const RETRY_AFTER_MS = 50;

/**
 * One recorded user on one socket: sends their events in order, each after the list for the one before has come. A broken
 * connection is resumed and what was not durable is sent again; an event refused for overload is tried again when the
 * gateway says.
 */
export class ReplayUser {
  readonly #owner: SocketOwner;
  readonly #clock: Clock;
  readonly #listener: ReplayListener;
  readonly #queue: RecordedEvent[] = [];
  /** Sent and not acknowledged, oldest first. */
  #unacked: Sent[] = [];
  /** Sent and without its list. */
  #current: Sent | undefined;
  #socket: GatewaySocket;
  #session: string | undefined;
  #list: readonly string[] = [];
  #nextSeq = 1;
  #reopenCount = 0;
  #isReady = false;
  #isClosing = false;

  constructor(owner: SocketOwner, clock: Clock, listener: ReplayListener) {
    this.#owner = owner;
    this.#clock = clock;
    this.#listener = listener;
    this.#socket = this.#open();
  }

  /** True when nothing is on its way, so that closing loses no answer. */
  get isIdle(): boolean {
    return (
      this.#isReady && this.#queue.length === 0 && this.#current === undefined && this.#unacked.length === 0
    );
  }

  play(event: RecordedEvent): void {
    this.#queue.push(event);
    this.#sendNext();
  }

  close(): void {
    this.#isClosing = true;
    this.#socket.close();
  }

  #open(): GatewaySocket {
    this.#isReady = false;
    const resume =
      this.#session === undefined ? {} : { resume: { session: this.#session, seq: this.#nextSeq - 1 } };
    return new GatewaySocket(
      this.#owner.url,
      { ...helloOf(this.#owner), ...resume },
      {
        message: (message) => this.#hear(message),
        closed: (code, reason) => this.#wasClosed(code, reason),
      },
    );
  }

  #sendNext(): void {
    if (!this.#isReady || this.#current !== undefined || this.#queue.length === 0) return;
    const event = this.#queue.shift() as RecordedEvent;
    this.#listener.sending(event, this.#list);
    const message = messageOf(event, this.#nextSeq++);
    this.#current = { event, message, sentUs: this.#clock.nowUs() };
    this.#unacked.push(this.#current);
    this.#socket.send(message);
  }

  #hear(message: ServerMessage): void {
    if (message.t === 'welcome') this.#hearWelcome(message);
    else if (message.t === 'recs') this.#hearList(message);
    else if (message.t === 'ack') this.#hearAck(message.seq);
    else if (message.t === 'error') this.#hearError(message);
  }

  /** After a resume, what is on disk counts as acknowledged and the rest is sent again. */
  #hearWelcome(welcome: Welcome): void {
    this.#session = welcome.session;
    this.#hearAck(welcome.seq);
    for (const { message } of this.#unacked) this.#socket.send(message);
  }

  #hearList(message: Recs): void {
    this.#reopenCount = 0;
    this.#isReady = true;
    this.#list = message.ids;
    const done = this.#current;
    if (done !== undefined && message.cause >= done.message.seq) {
      this.#current = undefined;
      this.#listener.listed(done.event, this.#list, this.#clock.nowUs() - done.sentUs);
    }
    this.#sendNext();
  }

  #hearAck(seq: number): void {
    while (this.#unacked.length > 0 && this.#unacked[0].message.seq <= seq) {
      const { sentUs } = this.#unacked.shift() as Sent;
      this.#listener.acked(this.#clock.nowUs() - sentUs);
    }
  }

  #hearError(error: WireError): void {
    const failed = this.#current;
    if (failed === undefined || error.seq !== failed.message.seq) return;
    if (error.code === 'overloaded' || error.code === 'shard_restarting') {
      setTimeout(() => this.#resend(failed), error.retryAfterMs ?? RETRY_AFTER_MS);
      return;
    }
    this.#current = undefined;
    this.#unacked = this.#unacked.filter((sent) => sent !== failed);
    this.#nextSeq = error.expected ?? failed.message.seq;
    this.#listener.refused(failed.event, error.code);
    this.#sendNext();
  }

  #resend(sent: Sent): void {
    // A connection that broke meanwhile sends it by itself when it is resumed.
    if (this.#current === sent && this.#isReady) this.#socket.send(sent.message);
  }

  #wasClosed(code: number, reason: string): void {
    if (this.#isClosing) return this.#listener.closed();
    this.#isReady = false;
    if (++this.#reopenCount > REOPEN_MAX) {
      this.#listener.gaveUp(
        `connection of ${this.#owner.user} closed with ${code} ${REOPEN_MAX} times in a row ${reason}`,
      );
      return;
    }
    this.#listener.reconnecting(code, reason);
    setTimeout(() => {
      if (!this.#isClosing) this.#socket = this.#open();
    }, REOPEN_AFTER_MS);
  }
}

function messageOf(event: RecordedEvent, seq: number): Event {
  const { e, item, value, quantity } = event;
  return {
    t: 'event',
    seq,
    e,
    item,
    ...(value !== undefined && { value }),
    ...(quantity !== undefined && { quantity }),
  };
}
