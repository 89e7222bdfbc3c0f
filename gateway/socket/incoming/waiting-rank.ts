import type { Timed } from '../../calls/deadlines.js';

/** A `rank` with a time of its own whose frame waits for its turn: it is answered in that time whatever it waits for (T1). */
export class WaitingRank implements Timed {
  readonly dueUs: number;
  #answer: (() => void) | undefined;
  #isAnswered = false;

  /** @param answer called at `dueUs`, unless its turn has come by then. */
  constructor(dueUs: number, answer: () => void) {
    this.dueUs = dueUs;
    this.#answer = answer;
  }

  get isSettled(): boolean {
    return this.#answer === undefined;
  }

  expire(): void {
    const answer = this.#answer;
    this.#isAnswered ||= answer !== undefined;
    this.#answer = undefined;
    answer?.();
  }

  /** Its turn has come, or its connection has gone; nothing is kept for it any more. @returns true when it was answered. */
  end(): boolean {
    this.#answer = undefined;
    return this.#isAnswered;
  }
}
