import type { PendingEvent } from './pending-event.js';

/**
 * The events of one session that are not acknowledged, in order, numbered without a gap: the first has `ackedSeq + 1`.
 * Pure: it sends nothing and knows no time. At most `countMax` events; `add` refuses the next one.
 */
export class EventQueue {
  readonly #countMax: number;
  readonly #events: PendingEvent[] = [];
  #ackedSeq: number;

  constructor(countMax: number, ackedSeq: number) {
    this.#countMax = countMax;
    this.#ackedSeq = ackedSeq;
  }

  /** Number of the last event known to be durable. */
  get ackedSeq(): number {
    return this.#ackedSeq;
  }

  /** Number of the last event; `ackedSeq` when all are acknowledged. */
  get lastSeq(): number {
    return this.#ackedSeq + this.#events.length;
  }

  /** The events in order; borrowed until the next call. */
  get events(): readonly PendingEvent[] {
    return this.#events;
  }

  bySeq(seq: number): PendingEvent | undefined {
    return this.#events[seq - this.#ackedSeq - 1];
  }

  /** Gives the event its number. False when the queue is full. */
  add(event: PendingEvent): boolean {
    if (this.#events.length >= this.#countMax) return false;
    this.#events.push(event);
    event.renumber(this.lastSeq);
    return true;
  }

  /** Everything sent up to `seq` is durable. Returns those events, oldest first. */
  acknowledge(seq: number): PendingEvent[] {
    let count = 0;
    while (count < this.#events.length && this.#ackedSeq + count < seq && this.#events[count].isSent) count++;
    this.#ackedSeq += count;
    return this.#events.splice(0, count);
  }

  /**
   * A connection begins, and the session's last durable event is `seq`. Returns the events that this acknowledges; the
   * others follow `seq` without a gap. Events that never left the page count as new, whatever number they had.
   */
  resume(seq: number): PendingEvent[] {
    const durable = this.acknowledge(seq);
    this.#ackedSeq = seq;
    this.#number(0);
    for (const event of this.#events) event.sends = event.retries = 0;
    return durable;
  }

  /** Takes refused events out; later ones move up, since a refused event does not use up its number. */
  remove(refused: ReadonlySet<PendingEvent>): void {
    const first = this.#events.findIndex((event) => refused.has(event));
    if (first < 0) return;
    const kept = this.#events.filter((event) => !refused.has(event));
    this.#events.splice(0, this.#events.length, ...kept);
    this.#number(first);
  }

  #number(from: number): void {
    for (let i = from; i < this.#events.length; i++) this.#events[i].renumber(this.#ackedSeq + 1 + i);
  }
}
