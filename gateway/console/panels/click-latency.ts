import type { Ticket } from '../../client/index.js';

interface Timed {
  readonly ticket: Ticket;
  readonly trackedMs: number;
}

/** Clicks kept while their list is out; more than a shopper makes in a lost connection. */
const CLICKS_MAX = 256;

/** How long clicks take to come back as a list, on the page's own clock (`performance.now`). */
export class ClickTimes {
  #waiting: Timed[] = [];

  /** Call right before the event is tracked, with what tracks it. */
  time(track: () => Ticket): Ticket {
    const trackedMs = performance.now();
    const ticket = track();
    this.#waiting = [...this.#waiting.slice(1 - CLICKS_MAX), { ticket, trackedMs }];
    return ticket;
  }

  /** A list that knows events up to `cause` came: ms since the newest of them, undefined when it answers no new click. */
  listed(cause: number): number | undefined {
    const nowMs = performance.now();
    const known = this.#waiting.filter(({ ticket }) => ticket.seq <= cause);
    this.#waiting = this.#waiting.filter(({ ticket }) => ticket.seq > cause && ticket.status !== 'refused');
    const newest = known[known.length - 1];
    return newest && nowMs - newest.trackedMs;
  }
}
