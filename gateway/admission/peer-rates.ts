import { RateBuckets } from './rate-buckets.js';

/** Each in the long run; as much again for `BURST_SECONDS` at once; 0: no limit. */
export interface PeerRateConfig {
  /** Messages of one user over all of their connections; a visitor is a user. */
  readonly userMessagesPerSec: number;
  /** Messages, requests and bytes of one address that is not of a proxy. */
  readonly addressMessagesPerSec: number;
  readonly addressRequestsPerSec: number;
  readonly addressBytesPerSec: number;
}

const BURST_SECONDS = 2;

/** How much users and addresses may send, over all of their connections, those to come included. */
export class PeerRates {
  readonly #users: RateBuckets;
  readonly #messages: RateBuckets;
  readonly #requests: RateBuckets;
  readonly #bytes: RateBuckets;

  constructor(config: PeerRateConfig) {
    this.#users = bucketsOf(config.userMessagesPerSec);
    this.#messages = bucketsOf(config.addressMessagesPerSec);
    this.#requests = bucketsOf(config.addressRequestsPerSec);
    this.#bytes = bucketsOf(config.addressBytesPerSec);
  }

  /**
   * Takes a message of so many bytes from an address; 0, or how many ms it takes until there is room.
   * @param address '' is not counted.
   */
  messageWaitMs(address: string, bytes: number, nowUs: number): number {
    return this.#messages.take(address, nowUs) || this.#bytes.take(address, nowUs, bytes);
  }

  /** The same of a user, or of the `sub` of a token; '' is not counted. */
  userWaitMs(user: string, nowUs: number): number {
    return this.#users.take(user, nowUs);
  }

  /** The same for a request, whose body is not known yet: `spend` counts that. */
  requestWaitMs(address: string, nowUs: number): number {
    return this.#requests.take(address, nowUs) || this.#bytes.take(address, nowUs, 0);
  }

  /** Counts bytes that have come in; what comes after them waits for it. */
  spend(address: string, bytes: number, nowUs: number): void {
    this.#bytes.spend(address, nowUs, bytes);
  }
}

function bucketsOf(perSec: number): RateBuckets {
  return new RateBuckets({ perSec, burst: perSec * BURST_SECONDS });
}
