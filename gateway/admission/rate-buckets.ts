import { LRUCache } from 'lru-cache';

/** Peers that are remembered by one limit, the latest ones: who is forgotten has a full bucket. */
export const BUCKETS_MAX = 20_000;

/** How much of something a peer may have. */
export interface RateRule {
  /** In the long run; 0: no limit. */
  readonly perSec: number;
  /** At once, on top. */
  readonly burst: number;
}

/**
 * Buckets of tokens by name: of users, of addresses. One number is kept of each, when its bucket is full again (GCRA), so that a
 * peer who comes again on another connection goes on with what they had. For requests and handshakes, and the messages of users.
 */
export class RateBuckets {
  readonly #fullUs = new LRUCache<string, number>({ max: BUCKETS_MAX });
  readonly #costUs: number;
  readonly #burstUs: number;

  constructor({ perSec, burst }: RateRule) {
    this.#costUs = perSec === 0 ? 0 : 1e6 / perSec;
    this.#burstUs = burst * this.#costUs;
  }

  /** Names that are remembered. */
  get size(): number {
    return this.#fullUs.size;
  }

  /**
   * Takes `count` tokens, for which the bucket may go below empty; nothing while it is.
   * @param name '' has no bucket. @returns 0, or how many ms it takes until there is a token.
   */
  take(name: string, nowUs: number, count = 1): number {
    if (this.#costUs === 0 || name === '') return 0;
    const fullUs = Math.max(nowUs, this.#fullUs.get(name) ?? 0);
    const waitUs = fullUs + this.#costUs - nowUs - this.#burstUs;
    if (waitUs > 0) return Math.ceil(waitUs / 1_000);
    this.#fullUs.set(name, fullUs + count * this.#costUs);
    return 0;
  }

  /** Takes `count` tokens, whether they are there or not. */
  spend(name: string, nowUs: number, count: number): void {
    if (this.#costUs === 0 || name === '') return;
    this.#fullUs.set(name, Math.max(nowUs, this.#fullUs.get(name) ?? 0) + count * this.#costUs);
  }
}
