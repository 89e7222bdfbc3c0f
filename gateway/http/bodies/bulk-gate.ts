import { Fifo } from '../../../metrics/process/fifo.js';

/** Large calls that wait for the one under way; with bodies of 8 MiB they hold 64 MiB. */
export const BULK_WAITING_MAX = 8;

/** How many calls a gate lets through at a time, and how many may wait. */
export interface GateRule {
  readonly width: number;
  readonly waitingMax: number;
}

const ONE_AFTER_THE_OTHER: GateRule = { width: 1, waitingMax: BULK_WAITING_MAX };

/** Lets large calls through, so many at a time, in order. A bounded number waits; who comes then is turned away. */
export class BulkGate {
  readonly #rule: GateRule;
  readonly #waiting = new Fifo<() => void>();
  #inside = 0;

  constructor(rule = ONE_AFTER_THE_OTHER) {
    this.#rule = rule;
  }

  /** Carries `work` out when it is its turn; undefined when too many wait. */
  enter<T>(work: () => Promise<T>): Promise<T> | undefined {
    const { width, waitingMax } = this.#rule;
    if (this.#inside < width) {
      this.#inside++;
      return this.#carryOut(work);
    }
    if (this.#waiting.length >= waitingMax) return undefined;
    const turn = new Promise<void>((resolve) => this.#waiting.push(resolve));
    return turn.then(() => this.#carryOut(work));
  }

  async #carryOut<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside--;
      else next();
    }
  }
}
