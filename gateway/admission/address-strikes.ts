import { LRUCache } from 'lru-cache';

/** Addresses that are remembered. */
const ADDRESSES_MAX = 10_000;
/** Strikes that an address may have: one office or one mobile network has many shoppers. */
const STRIKES_MAX = 5;
/** Time that makes good one strike. */
const FORGIVEN_US = 2_000_000;

/**
 * Sockets of an address that were closed because of what they sent. Each bound on a socket begins anew with the next one, so
 * whoever connects again after each close would have as much of the gateway as they can take; an address with
 * `STRIKES_MAX` strikes gets no further socket until time has made one good. What it has open stays.
 *
 * Bounds: `ADDRESSES_MAX` addresses, the latest ones; each is forgotten when all of its strikes are made good.
 */
export class AddressStrikes {
  /** When all strikes of an address are made good, `Clock.nowUs`. */
  readonly #goodUs = new LRUCache<string, number>({ max: ADDRESSES_MAX });

  /** @param address '' is not counted. */
  strike(address: string, nowUs: number): void {
    if (address === '') return;
    const goodUs = Math.max(nowUs, this.#goodUs.get(address) ?? 0) + FORGIVEN_US;
    this.#goodUs.set(address, Math.min(goodUs, nowUs + STRIKES_MAX * FORGIVEN_US));
  }

  /** Seconds until the address may open a socket, 1 at least; 0 when it may. */
  waitSec(address: string, nowUs: number): number {
    const goodUs = this.#goodUs.get(address);
    if (goodUs === undefined) return 0;
    if (goodUs <= nowUs) this.#goodUs.delete(address);
    const leftUs = goodUs - nowUs - (STRIKES_MAX - 1) * FORGIVEN_US;
    return Math.max(0, Math.ceil(leftUs / 1e6));
  }
}
