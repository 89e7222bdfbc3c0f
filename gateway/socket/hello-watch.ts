import type { Clock } from '../../metrics/process/clock.js';
import type { Close } from '../protocol/close-codes.js';
import { CLOSES } from '../protocol/close-codes.js';

/** Time for the first message (C3). */
export const HELLO_TIMEOUT_MS = 5_000;

/** A connection that has not said hello yet. */
export interface Unannounced {
  finish(close: Close): void;
}

/**
 * Connections that have not said hello, oldest first, so that one look at the front of the line replaces a timer for each.
 */
export class HelloWatch {
  readonly #openedUs = new Map<Unannounced, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(connection: Unannounced): void {
    this.#openedUs.set(connection, this.#clock.nowUs());
  }

  delete(connection: Unannounced): void {
    this.#openedUs.delete(connection);
  }

  /** Closes with 4013 what has waited too long; called a few times a second. */
  expireDue(): void {
    const dueUs = this.#clock.nowUs() - HELLO_TIMEOUT_MS * 1_000;
    for (const [connection, openedUs] of this.#openedUs) {
      if (openedUs > dueUs) return;
      this.#openedUs.delete(connection);
      connection.finish(CLOSES.noHello);
    }
  }
}
