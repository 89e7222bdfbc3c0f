import type { Clock } from '../../metrics/process/clock.js';
import { CLOSES } from '../protocol/close-codes.js';
import type { Endable, EndingLine } from './ending-line.js';

/** Time for the first message (C3). */
export const HELLO_TIMEOUT_MS = 5_000;

/** A connection that has not said hello yet. */
export type Unannounced = Endable;

/**
 * Connections that have not said hello, oldest first, so that one look at the front of the line replaces a timer for each.
 */
export class HelloWatch {
  readonly #openedUs = new Map<Unannounced, number>();
  readonly #clock: Clock;
  readonly #ending: EndingLine;

  constructor(clock: Clock, ending: EndingLine) {
    this.#clock = clock;
    this.#ending = ending;
  }

  add(connection: Unannounced): void {
    this.#openedUs.set(connection, this.#clock.nowUs());
  }

  delete(connection: Unannounced): void {
    this.#openedUs.delete(connection);
  }

  /** Closes with 4013 what has waited too long, in bites; called a few times a second. */
  expireDue(): void {
    const dueUs = this.#clock.nowUs() - HELLO_TIMEOUT_MS * 1_000;
    for (const [connection, openedUs] of this.#openedUs) {
      if (openedUs > dueUs) return;
      this.#openedUs.delete(connection);
      this.#ending.end(connection, CLOSES.noHello);
    }
  }
}
