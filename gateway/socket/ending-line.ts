import { Fifo } from '../../metrics/process/fifo.js';
import type { Close } from '../protocol/close-codes.js';

/** What can be ended; a connection. Ending it twice does nothing. */
export interface Endable {
  finish(close: Close): void;
}

interface Due {
  readonly peer: Endable;
  readonly close: Close;
}

/** Connections that are ended in one turn of the event loop: each takes some writes, 50 to 100 µs. */
const BITE = 16;

/**
 * Ends connections that are due for it at the same time: some at once, the rest some in each turn of the event loop, and what
 * others wait for comes in between. At most as many wait as are open.
 */
export class EndingLine {
  readonly #due = new Fifo<Due>();
  #left = BITE;
  #isScheduled = false;

  /** True when nobody waits for their end. */
  get isEmpty(): boolean {
    return this.#due.length === 0;
  }

  /** Ends `peer` now, or when it is its turn. */
  end(peer: Endable, close: Close): void {
    this.#schedule();
    if (this.#left === 0) return this.#due.push({ peer, close });
    this.#left--;
    peer.finish(close);
  }

  readonly #nextTurn = (): void => {
    this.#isScheduled = false;
    this.#left = BITE;
    for (let due = this.#due.shift(); due !== undefined; due = this.#due.shift()) {
      this.end(due.peer, due.close);
      if (this.#left === 0) return;
    }
  };

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#nextTurn);
  }
}
