import { TimeShare, type TimeShares } from '../../metrics/process/time-share.js';
import type { AddressTimes } from './address-times.js';

/**
 * What one connection takes of the thread's time. Of one that takes more than a little it counts towards its address too, and it
 * waits with its address: otherwise many connections would have many shares.
 */
export class ConnectionTime extends TimeShare {
  readonly #address: string;
  readonly #times: AddressTimes;

  constructor(shares: TimeShares, address: string, times: AddressTimes) {
    super(shares);
    this.#address = address;
    this.#times = times;
  }

  override spend(us: number, nowUs: number): void {
    super.spend(us, nowUs);
    if (this.isGreedy(nowUs)) this.#times.spend(this.#address, us, nowUs);
    else this.#times.note(this.#address, nowUs);
  }

  override isOver(nowUs: number): boolean {
    return super.isOver(nowUs) || (this.isGreedy(nowUs) && this.#times.isOver(this.#address, nowUs));
  }
}
