import { Fifo } from '../../metrics/process/fifo.js';
import type { ShardEvent } from '../wire/shard-event.js';

/**
 * The events of one session that were handed to a shard and are not durable, in the order in which they were sent. A shard
 * answers them in that order, so that nothing is searched: an event costs the same however many wait.
 */
export class Unacknowledged {
  /** Events that are before a refused one: the shard has taken them in. */
  #takenIn = new Fifo<ShardEvent>();
  #sent = new Fifo<ShardEvent>();

  get count(): number {
    return this.#takenIn.length + this.#sent.length;
  }

  add(event: ShardEvent): void {
    this.#sent.push(event);
  }

  /** Drops what is durable up to `seq`; says how many. */
  settle(seq: number): number {
    const dropped = dropUpTo(this.#takenIn, seq);
    return this.#takenIn.length > 0 ? dropped : dropped + dropUpTo(this.#sent, seq);
  }

  /** Drops one event that was refused. False when there is none with this `seq`. */
  refuse(seq: number): boolean {
    // One whose number another event has may have been settled by it before the refusal came.
    if (!this.#isSent(seq)) return false;
    for (let event = this.#sent.shift(); event !== undefined; event = this.#sent.shift()) {
      if (event.seq === seq) return true;
      this.#takenIn.push(event);
    }
    return false;
  }

  /** All of them, to be sent again: from now on none has been answered. */
  resend(): Iterable<ShardEvent> {
    for (const event of this.#sent) this.#takenIn.push(event);
    this.#sent = this.#takenIn;
    this.#takenIn = new Fifo();
    return this.#sent;
  }

  #isSent(seq: number): boolean {
    for (const event of this.#sent) if (event.seq === seq) return true;
    return false;
  }

  clear(): void {
    this.#takenIn.clear();
    this.#sent.clear();
  }
}

function dropUpTo(events: Fifo<ShardEvent>, seq: number): number {
  let dropped = 0;
  for (let event = events.peek(); event !== undefined && event.seq <= seq; event = events.peek()) {
    events.shift();
    dropped++;
  }
  return dropped;
}
