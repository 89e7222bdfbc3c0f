import type { Companion, RunView } from '../load/companion.js';

/** How often it is looked whether all are back. */
const LOOK_MS = 10;

/** A reconnect storm: in the middle of the measured time all connections break at once, and all shoppers come back at once. */
export class Storm implements Companion {
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;
  #backMs: number | undefined;

  async open(): Promise<void> {}

  begin({ crowd, clock, fromUs, endUs }: RunView): void {
    const waitMs = ((fromUs + endUs) / 2 - clock.nowUs()) / 1_000;
    this.#timer = setTimeout(() => {
      const brokenUs = clock.nowUs();
      this.#dropped = crowd.drop();
      const look = (): void => {
        if (crowd.openCount < this.#dropped) this.#timer = setTimeout(look, LOOK_MS);
        else this.#backMs = (clock.nowUs() - brokenUs) / 1_000;
      };
      look();
    }, waitMs);
  }

  end(): Readonly<Record<string, number>> {
    clearTimeout(this.#timer);
    return {
      'connections broken at once': this.#dropped,
      ...(this.#backMs !== undefined && { 'ms until all were back': Math.round(this.#backMs) }),
    };
  }
}
