import type { Event } from '../protocol/messages.js';
import type { AfterclickError } from './errors.js';

/** An event without what the client adds to it. */
export type EventFields = Omit<Event, 't' | 'seq' | 'e'>;

/** What a page holds of an event it tracked. */
export interface Ticket {
  readonly name: Event['e'];
  readonly fields: EventFields;
  /** The event's number in its session. It gets smaller when an earlier event is refused, and is settled once acknowledged. */
  readonly seq: number;
  readonly status: 'queued' | 'sent' | 'acked' | 'refused';
  /** Resolves once the event is on the gateway's disk; rejects with `AfterclickError` when it is refused or the client closed. */
  whenAcked(): Promise<void>;
}

/** A tracked event on its way. The queue that holds it is the only writer. */
export class PendingEvent implements Ticket {
  readonly name: Event['e'];
  readonly fields: EventFields;
  /** Epoch ms, the page's clock. */
  readonly trackedMs: number;
  /** The same by `Clock.elapsedMs`; −∞ for an event that an earlier page has tracked. */
  readonly trackedAtMs: number;
  seq = 0;
  /** True when a frame with the present `seq` may have reached the gateway, on this connection or an earlier one. */
  isSent = false;
  /** Frames with the present `seq` on this connection. */
  sends = 0;
  /** Answers of this connection that asked for another try. */
  retries = 0;
  /** False once the gateway found the page's clock wrong: its own clock counts then. */
  isStamped = true;
  #outcome: 'pending' | 'acked' | AfterclickError = 'pending';
  #waiting: { resolve: () => void; reject: (error: AfterclickError) => void }[] = [];

  constructor(name: Event['e'], fields: EventFields, trackedMs: number, trackedAtMs: number) {
    this.name = name;
    this.fields = fields;
    this.trackedMs = trackedMs;
    this.trackedAtMs = trackedAtMs;
  }

  get status(): Ticket['status'] {
    if (this.#outcome === 'pending') return this.isSent ? 'sent' : 'queued';
    return this.#outcome === 'acked' ? 'acked' : 'refused';
  }

  whenAcked(): Promise<void> {
    if (this.#outcome === 'acked') return Promise.resolve();
    if (this.#outcome !== 'pending') return Promise.reject(this.#outcome);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** The number of a frame belongs to the event it was sent for: a new number starts unsent. */
  renumber(seq: number): void {
    if (seq === this.seq) return;
    this.seq = seq;
    this.isSent = false;
    this.sends = 0;
  }

  settle(outcome: 'acked' | AfterclickError): void {
    if (this.#outcome !== 'pending') return;
    this.#outcome = outcome;
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (outcome === 'acked') resolve();
      else reject(outcome);
    }
  }

  /** Tells those who wait that nobody will look for the acknowledgement any more; the event itself stays as it is. */
  abandon(error: AfterclickError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
