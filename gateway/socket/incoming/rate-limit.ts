/** Messages beyond its rate that a connection may send at once, in seconds of that rate. */
const BURST_SECONDS = 2;
/** So many refusals for sending too much are answered within the window; the next one closes 4010. Large messages count as several. */
export const OVERRUNS_TOLERATED = 32;
export const OVERRUN_WINDOW_US = 10_000_000;
/** Bytes of a message beyond which it counts as one more: its answer takes a look into it. */
const OVERRUN_BYTES = 8_192;

/**
 * How much one connection may send: a bucket of tokens, one for each message, and a count of what was refused because it
 * sent too much, by this bucket or by a bound of its user's queue. The burst holds all that the SDK has to send again after
 * a reconnect.
 */
export class RateLimit {
  readonly #perUs: number;
  readonly #burst: number;
  #tokens: number;
  #filledUs = 0;
  #overruns = 0;
  #windowUs = 0;

  /** @param ratePerSec messages a second in the long run, 1 at least. */
  constructor(ratePerSec: number) {
    this.#perUs = ratePerSec / 1e6;
    this.#burst = this.#tokens = ratePerSec * BURST_SECONDS;
  }

  /** Takes a token; 0 when there was one, else how many ms it takes until there is. `nowUs` as of `Clock`. */
  take(nowUs: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowUs - this.#filledUs) * this.#perUs);
    this.#filledUs = nowUs;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / this.#perUs / 1_000);
    this.#tokens--;
    return 0;
  }

  /** Counts the refusal of a message of so many bytes. True when it persists: more than `OVERRUNS_TOLERATED` within the window. */
  overran(nowUs: number, bytes = 0): boolean {
    if (nowUs - this.#windowUs > OVERRUN_WINDOW_US) {
      this.#windowUs = nowUs;
      this.#overruns = 0;
    }
    this.#overruns += 1 + Math.floor(bytes / OVERRUN_BYTES);
    return this.#overruns > OVERRUNS_TOLERATED;
  }
}
