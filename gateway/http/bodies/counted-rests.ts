import type { Bites } from '../../../metrics/process/bites.js';
import type { Clock } from '../../../metrics/process/clock.js';
import type { HttpCall } from '../../server/http-call.js';

/**
 * Rests of a long call. What it does after the first one is counted towards its address; what came before is counted by the
 * server.
 */
export class CountedRests {
  readonly #bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly #clock: Pick<Clock, 'nowUs'>;
  readonly #call: Pick<HttpCall, 'spend'>;
  /** When the last rest ended; −1: what is under way is counted elsewhere. */
  #sinceUs = -1;

  constructor(
    bites: Pick<Bites, 'isOver' | 'rest'>,
    clock: Pick<Clock, 'nowUs'>,
    call: Pick<HttpCall, 'spend'>,
  ) {
    this.#bites = bites;
    this.#clock = clock;
    this.#call = call;
  }

  get isOver(): boolean {
    return this.#bites.isOver;
  }

  async rest(): Promise<void> {
    this.count();
    await this.#bites.rest();
    this.#sinceUs = this.#clock.nowUs();
  }

  /** Counts what was done since the last rest; call before something else is waited for. */
  count(): void {
    if (this.#sinceUs >= 0) this.#call.spend?.(this.#clock.nowUs() - this.#sinceUs);
    this.#sinceUs = -1;
  }
}
