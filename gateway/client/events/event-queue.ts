import type { PendingEvent } from './pending-event.js';

/**
 * The events of one session that are not acknowledged, in order, numbered without a gap: the first has `ackedSeq + 1`.
 * Pure: it sends nothing and knows no time. At most `countMax` events; `add` refuses the next one.
 */
export class EventQueue {
  readonly #countMax: number;
  #events: readonly PendingEvent[] = [];
  #ackedSeq = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  /** Number of the last event known to be durable. */
  get ackedSeq(): number {
    return this.#ackedSeq;
  }

  /** The events in order; another list after each change. */
  get events(): readonly PendingEvent[] {
    return this.#events;
  }

  /** Gives the event its number. False when the queue is full. */
  add(event: PendingEvent): boolean {
    if (this.#events.length >= this.#countMax) return false;
    this.keep([...this.#events, event], this.#ackedSeq);
    return true;
  }

  /** Puts events of an earlier page before those there are; they are numbered from `ackedSeq` on, and no bound turns them away. */
  restore(ackedSeq: number, events: readonly PendingEvent[]): void {
    for (let i = 0; i < events.length; i++) events[i].seq = ackedSeq + 1 + i;
    this.keep([...events, ...this.#events], ackedSeq);
  }

  /** From now on these are the events, behind `ackedSeq`. One that gets another number counts as never sent. */
  keep(events: readonly PendingEvent[], ackedSeq: number): void {
    this.#events = events;
    this.#ackedSeq = ackedSeq;
    for (let i = 0; i < events.length; i++) events[i].renumber(ackedSeq + 1 + i);
  }
}
