import { LRUCache } from 'lru-cache';
import { TimeShare, TimeShares, type ShareRule } from '../../metrics/process/time-share.js';

/**
 * What one address may make the threads do while others need them: a burst, and an eighth of the time of one thread in the long
 * run; all addresses that take more than a little have as much together.
 */
export const ADDRESS_TIME: ShareRule = {
  burstUs: 100_000,
  share: 1 / 8,
  lightUs: 20_000,
  lightShare: 1 / 20,
  greedyShare: 1 / 8,
  debtMaxUs: 150_000,
};
/** Addresses that are remembered. */
const ADDRESSES_MAX = 10_000;
/** An address is alone when no other one did anything for so long. */
const ALONE_US = 1_000_000;

/**
 * What addresses make the gateway's thread and the shards do: requests, sockets that open, and messages of connections that take
 * more than a little. The messages of others are not counted: an office or a mobile network has many shoppers behind one
 * address, and each of them clicks.
 *
 * A share only bites while the threads are busy and somebody else is there: who is alone may have everything, and so may
 * everybody while there is room. Bounds: `ADDRESSES_MAX` addresses, the latest ones.
 */
export class AddressTimes {
  readonly #isBusy: (nowUs: number) => boolean;
  readonly #shares = new TimeShares(ADDRESS_TIME);
  readonly #times = new LRUCache<string, TimeShare>({ max: ADDRESSES_MAX });
  /** Who did something last, and when; and when somebody else did. */
  #latest = '';
  #latestUs = -Infinity;
  #otherUs = -Infinity;

  /** @param isBusy whether a thread has little time left. */
  constructor(isBusy: (nowUs: number) => boolean) {
    this.#isBusy = isBusy;
  }

  /** Notes that an address did something that is not counted. '' stands for all that are not counted by address. */
  note(address: string, nowUs: number): void {
    if (address !== this.#latest) {
      this.#otherUs = this.#latestUs;
      this.#latest = address;
    }
    this.#latestUs = nowUs;
  }

  /** Notes that something took `us` of a thread until `nowUs` for an address. */
  spend(address: string, us: number, nowUs: number): void {
    this.note(address, nowUs);
    if (address !== '') this.#timeOf(address).spend(us, nowUs);
  }

  /** True for an address that has to wait: it took more than its share, and others need the threads. */
  isOver(address: string, nowUs: number): boolean {
    const isOver = this.#times.get(address)?.isOver(nowUs) === true;
    return isOver && !this.#isAlone(address, nowUs) && this.#isBusy(nowUs);
  }

  #isAlone(address: string, nowUs: number): boolean {
    const othersUs = address === this.#latest ? this.#otherUs : this.#latestUs;
    return nowUs - othersUs > ALONE_US;
  }

  #timeOf(address: string): TimeShare {
    let time = this.#times.get(address);
    if (time === undefined) {
      time = new TimeShare(this.#shares);
      this.#times.set(address, time);
    }
    return time;
  }
}
