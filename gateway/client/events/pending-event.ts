import type { Event } from '../../protocol/messages.js';
import type { AfterclickError } from './errors.js';
import { type PlainCopy, plainCopy } from '../link/wire-format.js';

/** An event without what the client adds to it. */
export type EventFields = Omit<Event, 't' | 'seq' | 'e'>;

/** What the client adds: fields of these names would pass for it. */
const ENVELOPE = ['t', 'seq', 'e'] as const;

/** A copy of what a page gives an event, or why that cannot be sent. */
export function eventFields(given: EventFields): PlainCopy<EventFields> {
  const copy = plainCopy(given);
  const taken = copy.ok ? ENVELOPE.find((name) => Object.hasOwn(copy.value, name)) : undefined;
  return taken === undefined
    ? copy
    : { ok: false, problem: `it holds ${taken}, which the client adds itself` };
}

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

/** An event as a storage keeps it over a reload. */
export interface KeptEvent {
  readonly e: Event['e'];
  readonly fields: EventFields;
  readonly trackedMs: number;
  readonly sent: boolean;
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

  /** An event that an earlier page kept, without its number; undefined for what is none: a storage holds what any script wrote. */
  static restored(kept: unknown): PendingEvent | undefined {
    if (typeof kept !== 'object' || kept === null) return undefined;
    const { e, fields, trackedMs, sent } = kept as Partial<KeptEvent>;
    if (typeof e !== 'string' || typeof fields !== 'object' || typeof trackedMs !== 'number')
      return undefined;
    const copy = eventFields(fields);
    if (!copy.ok) return undefined;
    const event = new PendingEvent(e, copy.value, trackedMs, -Infinity);
    event.isSent = sent === true;
    return event;
  }

  /** What a later page needs of it. */
  kept(): KeptEvent {
    return { e: this.name, fields: this.fields, trackedMs: this.trackedMs, sent: this.isSent };
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
