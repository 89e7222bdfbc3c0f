/**
 * What one of many may take of a thread's time: a burst at once, and a share of it in the long run. Whoever took more waits
 * until time has made it good. One per user or connection; times are of `Clock.nowUs`.
 */
export class TimeShare {
  readonly #burstUs: number;
  readonly #share: number;
  /** Time taken and not made good yet, as of `#asOfUs`. */
  #spentUs = 0;
  #asOfUs = 0;

  /** `share` is 0..1. */
  constructor(burstUs: number, share: number) {
    this.#burstUs = burstUs;
    this.#share = share;
  }

  /** Notes that something took `us` until `nowUs`. */
  spend(us: number, nowUs: number): void {
    this.#spentUs = this.#spentBy(nowUs) + us;
    this.#asOfUs = nowUs;
  }

  /** True for who took more than their share. */
  isOver(nowUs: number): boolean {
    return this.#spentUs > this.#burstUs && this.#spentBy(nowUs) > this.#burstUs;
  }

  #spentBy(nowUs: number): number {
    return Math.max(0, this.#spentUs - (nowUs - this.#asOfUs) * this.#share);
  }
}
