/**
 * Sends the events of a queue so that each accepted one is applied exactly once and in order.
 *
 * - At most `WINDOW_MAX` events are on the wire without an acknowledgement; the rest wait in the queue.
 * - A refused event does not use up its number (D3), so the events behind it were refused with `seq_gap` and get new
 *   numbers. Answers that still speak of the old numbers would then hit the wrong event: when more than the refused event
 *   may be on the wire, the delivery holds, sends a `ping`, and takes every refusal up to its `pong` before it renumbers.
 *   The gateway checks fields before it answers the next message, so refusals of one connection come in order; a `seq_gap`
 *   comes from a shard and may come late. It names the number that is missing and takes nothing away, so late is harmless.
 * - A connection begins with the number of the session's last durable event. What was sent under a number up to that is durable
 *   if it was this client who had the number; so it is sent again first, alone. The gateway acknowledges a repeat, and refuses
 *   with `seq_taken` what is another event; that goes on under a new number, and what was tracked later behind it (`SentEvents`).
 * - `seq_taken` at any other time means that the numbers are wrong: the connection is given up, and the next one sorts it out.
 * - What was sent and has neither list nor acknowledgement after a while makes the connection look whether the path is dead.
 * - `overloaded`, `shard_restarting` and anything with `retryAfterMs`: the delivery waits and goes on from that event.
 * - A repeat is safe (D2), so whatever is in doubt is sent again.
 */
import { mendedEvent } from '../../protocol/mended-event.js';
import type { Event, WireError } from '../../protocol/messages.js';
import { eventBodyProblem } from '../../protocol/validate-event.js';
import { type Clock, Timer } from '../link/client-clock.js';
import { AfterclickError } from './errors.js';
import type { EventQueue } from './event-queue.js';
import type { PendingEvent } from './pending-event.js';
import { type Farewell, sayFarewell } from './farewell.js';
import { SentEvents } from './sent-events.js';
import { SilenceWatch } from './silence-watch.js';

export const WINDOW_MAX = 64;
/** A `seq_gap` that comes again for a number already resent is looked into after this long. */
export const GAP_RETRY_MS = 250;
/** An event that is missing still is refused when so many messages did not decode since it was missed first. */
export const UNDECODED_MAX = 3;
/** Pause when an answer asks for another try without saying when. */
export const RETRY_MS = 500;
/** An event that fails inside the gateway so many times on one connection is refused. */
export const INTERNAL_RETRIES_MAX = 5;
/** An event that waited longer than this carries the time of the page; a fresh one gets the gateway's. */
export const STAMP_AFTER_MS = 1_000;

/** What a delivery needs of the connection and tells its owner. */
export interface DeliveryPort {
  /** False when there is no open connection. */
  readonly isOpen: boolean;
  /** Sends one message. False when it is larger than the gateway takes; nothing was sent then. */
  send(message: Event | { t: 'ping'; id: string }): boolean;
  /** Called before events go on the wire for the first time and whenever the queue has changed. */
  save(): void;
  acked(seq: number, events: readonly PendingEvent[]): void;
  /** The path may be dead; `isAgain`: or what is behind it, for there is no answer still. */
  probe(isAgain: boolean): void;
  /** The numbers of this connection are wrong: begins another one. */
  restart(): void;
  refused(event: PendingEvent, error: AfterclickError): void;
}

export class Delivery {
  readonly #all: EventQueue;
  readonly #queue: SentEvents;
  readonly #port: DeliveryPort;
  readonly #clock: Clock;
  readonly #pause: Timer;
  readonly #gapCheck: Timer;
  readonly #silence: SilenceWatch;
  /** Next number to send on this connection. */
  #cursor = 1;
  /** Refused events whose numbers are not given on yet. */
  readonly #refusals = new Map<PendingEvent, AfterclickError>();
  /** The `ping` whose `pong` ends the hold. */
  #barrierId: string | undefined;
  #barriers = 0;
  /** Where to go on after a pause or hold; 0: at the cursor. */
  #resendFrom = 0;
  /** The missing number that was resent last. */
  #gapSeq = 0;
  /** Messages that did not decode since that number is missing. */
  #undecoded = 0;

  constructor(queue: EventQueue, port: DeliveryPort, clock: Clock) {
    this.#all = queue;
    this.#queue = new SentEvents(queue);
    this.#port = port;
    this.#clock = clock;
    this.#pause = new Timer(clock, () => this.#release());
    this.#gapCheck = new Timer(clock, () => this.#rewind(this.#gapSeq));
    this.#silence = new SilenceWatch(clock, (isAgain) => port.probe(isAgain));
  }

  /** Queues an event and sends what may be sent. False when the queue is full. */
  add(event: PendingEvent): boolean {
    if (!this.#all.add(event)) return false;
    if (!this.#pump()) this.#port.save();
    return true;
  }

  /**
   * A connection is open; `seq` is the session's last durable event. When the gateway gave it another session than the one
   * asked for, `replacedSeq` is the last durable event of that one; the rest is numbered anew and sent in the new one.
   */
  opened(seq: number, replacedSeq?: number): void {
    if (replacedSeq !== undefined) this.#settle(this.#queue.leave(replacedSeq));
    this.#queue.resume(seq);
    this.#cursor = this.#queue.ackedSeq + 1;
    if (!this.#pump()) this.#port.save();
  }

  /** The connection is gone: no answer to what was sent will come. */
  lost(): void {
    this.#pause.stop();
    this.#gapCheck.stop();
    this.#silence.stop();
    this.#barrierId = undefined;
    this.#resendFrom = this.#gapSeq = 0;
    this.#takeOutRefused();
  }

  acked(seq: number): void {
    this.#silence.answered(seq);
    this.#durable(this.#queue.acknowledge(seq));
  }

  /** The page goes: what never left it is sent without it. */
  leaves(who: Farewell): void {
    if (sayFarewell(this.#queue, who)) this.#port.save();
  }

  /** A list that knows the session's events up to `seq`. */
  listed(seq: number): void {
    this.#silence.answered(seq);
  }

  #durable(durable: readonly PendingEvent[]): void {
    if (durable.length === 0 && this.#cursor > this.#queue.sendableSeq) return;
    this.#cursor = Math.max(this.#cursor, this.#queue.ackedSeq + 1);
    if (this.#queue.ackedSeq >= this.#gapSeq) this.#gapCheck.stop();
    this.#settle(durable);
    if (!this.#pump()) this.#port.save();
  }

  /** An `error` that names an event of this connection. */
  failed(error: WireError & { seq: number }): void {
    this.#silence.answered(error.seq);
    const event = this.#queue.bySeq(error.seq);
    if (!event?.isSent || this.#refusals.has(event)) return;
    if (error.code === 'seq_gap') this.#gap(error.expected ?? error.seq);
    else if (error.code === 'seq_taken') this.#taken(event);
    else if (mayRetry(event, error)) this.#retry(event, error.retryAfterMs ?? RETRY_MS);
    else if (error.code === 'ts_out_of_range' && event.isStamped && event.fields.ts === undefined) {
      event.isStamped = false;
      this.#retry(event, 0);
    } else if (this.#queue.isInDoubt(event)) {
      // It was taken when it was sent first, whatever has become of its item since.
      this.#durable(this.#queue.judge(event, true));
    } else this.#refuse(event, new AfterclickError(error.code, error.message));
  }

  /**
   * An `error` that says that a message did not decode, and not which. An event that is missing however often it is sent is the
   * one: it is refused.
   */
  undecoded(): void {
    this.#undecoded++;
  }

  /** A `pong`; true when it belonged to the delivery. */
  ponged(id: string | number | undefined): boolean {
    if (id === undefined || id !== this.#barrierId) return false;
    this.#barrierId = undefined;
    this.#release();
    return true;
  }

  /** Another event has the number of this one. */
  #taken(event: PendingEvent): void {
    if (this.#queue.isInDoubt(event)) this.#durable(this.#queue.judge(event, false));
    else this.#port.restart();
  }

  #refuse(event: PendingEvent, error: AfterclickError): void {
    this.#refusals.set(event, error);
    if (this.#barrierId !== undefined) return;
    if (event.seq + 1 === this.#cursor && event.sends === 1) return this.#release();
    this.#barrierId = `delivery-${++this.#barriers}`;
    this.#port.send({ t: 'ping', id: this.#barrierId });
  }

  #retry(event: PendingEvent, delayMs: number): void {
    event.retries++;
    this.#goOnFrom(event.seq);
    if (!this.#pause.isWaiting) this.#pause.start(delayMs);
  }

  #gap(expected: number): void {
    if (expected <= this.#queue.ackedSeq || expected >= this.#cursor) return;
    if (this.#isHeld) return this.#goOnFrom(expected);
    if (expected !== this.#gapSeq) {
      this.#undecoded = 0;
      return this.#rewind(expected);
    }
    const missing = this.#queue.bySeq(expected);
    if (missing?.isSent && this.#undecoded >= UNDECODED_MAX)
      return this.#refuse(missing, new AfterclickError('malformed', 'The gateway cannot decode the event.'));
    if (!this.#gapCheck.isWaiting) this.#gapCheck.start(GAP_RETRY_MS);
  }

  #rewind(seq: number): void {
    this.#gapSeq = seq;
    if (this.#isHeld) return this.#goOnFrom(seq);
    this.#cursor = Math.min(this.#cursor, Math.max(seq, this.#queue.ackedSeq + 1));
    this.#pump();
  }

  #goOnFrom(seq: number): void {
    this.#resendFrom = this.#resendFrom === 0 ? seq : Math.min(this.#resendFrom, seq);
  }

  get #isHeld(): boolean {
    return this.#barrierId !== undefined || this.#pause.isWaiting;
  }

  /** Ends a hold, unless the other reason for it is still there. */
  #release(): void {
    if (this.#isHeld) return;
    for (const event of this.#refusals.keys()) this.#goOnFrom(event.seq);
    const from = this.#resendFrom || this.#cursor;
    this.#resendFrom = 0;
    this.#takeOutRefused();
    this.#rewind(from);
  }

  #takeOutRefused(): void {
    if (this.#refusals.size === 0) return;
    const refusals = [...this.#refusals];
    this.#refusals.clear();
    this.#queue.remove(new Set(refusals.map(([event]) => event)));
    this.#port.save();
    for (const [event, error] of refusals) this.#port.refused(event, error);
  }

  #settle(durable: readonly PendingEvent[]): void {
    for (const event of durable) event.settle('acked');
    if (durable.length > 0) this.#port.acked(this.#queue.ackedSeq, durable);
  }

  /** Sends from the cursor to the end of the window. True when it called `save`. */
  #pump(): boolean {
    if (!this.#port.isOpen || this.#isHeld) return false;
    const end = Math.min(this.#queue.sendableSeq, this.#queue.ackedSeq + WINDOW_MAX);
    const isNew = this.#markSent(end);
    // What was on disk before it was on the wire is resumed rightly after a crash of the page.
    if (isNew) this.#port.save();
    while (this.#cursor <= end) {
      const event = this.#queue.bySeq(this.#cursor)!;
      event.sends++;
      this.#cursor++;
      const message = this.#message(event);
      const problem = eventBodyProblem({ ...message });
      if (problem !== undefined || !this.#port.send(message)) {
        event.isSent = true;
        this.#refuseUnsent(event, problem);
        return true;
      }
      this.#silence.sent(event.seq);
    }
    return isNew;
  }

  #markSent(end: number): boolean {
    let isNew = false;
    for (let seq = this.#cursor; seq <= end; seq++) {
      const event = this.#queue.bySeq(seq)!;
      isNew ||= !event.isSent;
      event.isSent = true;
    }
    return isNew;
  }

  /** The event does not fit the contract, or its frame is too large to be sent at all. Events behind it are not on the wire either: they move up at once. */
  #refuseUnsent(event: PendingEvent, problem: Refusal = TOO_LARGE): void {
    this.#cursor = event.seq;
    this.#refusals.set(event, new AfterclickError(problem.code, problem.message));
    this.#takeOutRefused();
    this.#pump();
  }

  #message(event: PendingEvent): Event {
    const isLate = event.isStamped && this.#clock.elapsedMs() - event.trackedAtMs > STAMP_AFTER_MS;
    const ts = event.fields.ts ?? (isLate ? event.trackedMs : undefined);
    const asGiven = {
      t: 'event',
      seq: event.seq,
      e: event.name,
      ...event.fields,
      ...(ts !== undefined && { ts }),
    } as const;
    if (eventBodyProblem(asGiven) === undefined) return asGiven;
    return mendedEvent(asGiven) as unknown as Event;
  }
}

/** Why the client refuses an event itself. */
interface Refusal {
  readonly code: AfterclickError['code'];
  readonly message: string;
}

const TOO_LARGE: Refusal = {
  code: 'frame_too_large',
  message: 'The event is larger than the gateway takes.',
};

function mayRetry(event: PendingEvent, error: WireError): boolean {
  if (error.code === 'internal') return event.retries < INTERNAL_RETRIES_MAX;
  return error.code === 'overloaded' || error.code === 'shard_restarting' || error.retryAfterMs !== undefined;
}
