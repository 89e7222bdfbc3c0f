import type { EventQueue } from './event-queue.js';
import type { PendingEvent } from './pending-event.js';

/**
 * What becomes of the events of a queue that were sent: acknowledged, refused, or in doubt since the connection that they were sent on
 * is gone. Pure, as the queue is.
 */
export class SentEvents {
  readonly #queue: EventQueue;
  /** Events that were sent on an earlier connection under numbers that are durable now: is it they that are? Undefined: not said yet. */
  readonly #doubts = new Map<PendingEvent, boolean | undefined>();
  /** The session's last durable event when the connection began. */
  #durableSeq = 0;

  constructor(queue: EventQueue) {
    this.#queue = queue;
  }

  get ackedSeq(): number {
    return this.#queue.ackedSeq;
  }

  get events(): readonly PendingEvent[] {
    return this.#queue.events;
  }

  /** Number of the last event that may be sent: while some are in doubt, those alone, for the numbers of the rest hang on them. */
  get sendableSeq(): number {
    return this.ackedSeq + (this.#doubts.size || this.events.length);
  }

  isInDoubt(event: PendingEvent): boolean {
    return this.#doubts.has(event);
  }

  bySeq(seq: number): PendingEvent | undefined {
    return this.events[seq - this.ackedSeq - 1];
  }

  /** Everything sent up to `seq` is durable. Returns those events, oldest first. */
  acknowledge(seq: number): readonly PendingEvent[] {
    if (this.#doubts.size > 0) {
      for (const [event, isOurs] of this.#doubts)
        if (event.seq <= seq) this.#doubts.set(event, isOurs ?? true);
      return this.#endDoubt();
    }
    const { events, ackedSeq } = this;
    let count = 0;
    while (count < events.length && ackedSeq + count < seq && events[count].isSent) count++;
    this.#queue.keep(events.slice(count), ackedSeq + count);
    return events.slice(0, count);
  }

  /**
   * A connection begins, and the session's last durable event is `seq`. Events that were sent under a number up to `seq` are in
   * doubt: another client of the session may have had it. They keep it, and are sent again; the gateway knows. The others
   * follow `seq` without a gap, now or when the doubt is over; those that never left the page count as new, whatever number
   * they had.
   */
  resume(seq: number): void {
    this.#doubts.clear();
    for (const event of this.events) event.sends = event.retries = 0;
    if (seq > this.ackedSeq)
      for (const event of this.events) {
        if (!event.isSent || event.seq > seq) break;
        this.#doubts.set(event, undefined);
      }
    this.#durableSeq = seq;
    if (this.#doubts.size === 0) this.#queue.keep(this.events, seq);
  }

  /** As `resume`, of a session that is no more and had no other client: what was sent up to `seq` is durable. Returns that. */
  leave(seq: number): readonly PendingEvent[] {
    this.#doubts.clear();
    const durable = this.acknowledge(seq);
    this.#queue.keep(this.events, seq);
    return durable;
  }

  /** The gateway has said whose number an event in doubt has. Returns what is durable, once that is known of all. */
  judge(event: PendingEvent, isOurs: boolean): readonly PendingEvent[] {
    this.#doubts.set(event, isOurs);
    return this.#endDoubt();
  }

  /** Takes refused events out; later ones move up, since a refused event does not use up its number. */
  remove(refused: ReadonlySet<PendingEvent>): void {
    this.#queue.keep(
      this.events.filter((event) => !refused.has(event)),
      this.ackedSeq,
    );
  }

  /** Once it is known of all: ours are durable, and the others get new numbers, as if they had never left. */
  #endDoubt(): PendingEvent[] {
    for (const isOurs of this.#doubts.values()) if (isOurs === undefined) return [];
    const ours = this.events.filter((event) => this.#doubts.get(event) === true);
    const kept = this.events.filter((event) => this.#doubts.get(event) !== true);
    this.#doubts.clear();
    this.#queue.keep(kept, this.#durableSeq);
    return ours;
  }
}
