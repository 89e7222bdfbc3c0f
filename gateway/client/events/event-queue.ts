import type { PendingEvent } from './pending-event.js';

/**
 * The events of one session that are not acknowledged, in order, numbered without a gap: the first has `ackedSeq + 1`.
 * Pure: it sends nothing and knows no time. At most `countMax` events; `add` refuses the next one.
 */
export class EventQueue {
  readonly #countMax: number;
  readonly #events: PendingEvent[] = [];
  #ackedSeq: number;
  /** Events that were sent on an earlier connection under numbers that are durable now: is it they that are? Undefined: not said yet. */
  readonly #doubts = new Map<PendingEvent, boolean | undefined>();
  /** The session's last durable event when the connection began. */
  #durableSeq = 0;

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

  /** Number of the last event that may be sent: while some are in doubt, those alone, for the numbers of the rest hang on them. */
  get sendableSeq(): number {
    return this.#doubts.size > 0 ? this.#ackedSeq + this.#doubts.size : this.lastSeq;
  }

  isInDoubt(event: PendingEvent): boolean {
    return this.#doubts.has(event);
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

  /** Puts events of an earlier page before those there are; they are numbered from `ackedSeq` on, and no bound turns them away. */
  restore(ackedSeq: number, events: readonly PendingEvent[]): void {
    this.#ackedSeq = ackedSeq;
    this.#events.unshift(...events);
    for (let i = 0; i < events.length; i++) events[i].seq = ackedSeq + 1 + i;
    this.#number(events.length);
  }

  /** Everything sent up to `seq` is durable. Returns those events, oldest first. */
  acknowledge(seq: number): PendingEvent[] {
    if (this.#doubts.size > 0) {
      for (const [event, isOurs] of this.#doubts)
        if (event.seq <= seq) this.#doubts.set(event, isOurs ?? true);
      return this.#endDoubt();
    }
    let count = 0;
    while (count < this.#events.length && this.#ackedSeq + count < seq && this.#events[count].isSent) count++;
    this.#ackedSeq += count;
    return this.#events.splice(0, count);
  }

  /**
   * A connection begins, and the session's last durable event is `seq`. Events that were sent under a number up to `seq` are in
   * doubt: another client of the session may have had it. They keep it, and are sent again; the gateway knows. The others
   * follow `seq` without a gap, now or when the doubt is over; those that never left the page count as new, whatever number
   * they had.
   */
  resume(seq: number): void {
    this.#doubts.clear();
    for (const event of this.#events) event.sends = event.retries = 0;
    if (seq > this.#ackedSeq)
      for (const event of this.#events) {
        if (!event.isSent || event.seq > seq) break;
        this.#doubts.set(event, undefined);
      }
    this.#durableSeq = seq;
    if (this.#doubts.size > 0) return;
    this.#ackedSeq = seq;
    this.#number(0);
  }

  /** As `resume`, of a session that is no more and had no other client: what was sent up to `seq` is durable. Returns that. */
  leave(seq: number): PendingEvent[] {
    this.#doubts.clear();
    const durable = this.acknowledge(seq);
    this.#ackedSeq = seq;
    this.#number(0);
    return durable;
  }

  /** The gateway has said whose number an event in doubt has. Returns what is durable, once that is known of all. */
  judge(event: PendingEvent, isOurs: boolean): PendingEvent[] {
    this.#doubts.set(event, isOurs);
    return this.#endDoubt();
  }

  /** Once it is known of all: ours are durable, and the others get new numbers, as if they had never left. */
  #endDoubt(): PendingEvent[] {
    for (const isOurs of this.#doubts.values()) if (isOurs === undefined) return [];
    const ours = this.#events.filter((event) => this.#doubts.get(event) === true);
    const kept = this.#events.filter((event) => this.#doubts.get(event) !== true);
    this.#doubts.clear();
    this.#events.splice(0, this.#events.length, ...kept);
    this.#ackedSeq = this.#durableSeq;
    this.#number(0);
    return ours;
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
