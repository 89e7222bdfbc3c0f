import type { Clock } from '../../metrics/process/clock.js';
import { CLOSES, type Close } from '../protocol/close-codes.js';

/** How long before its end a client is told that its token ends: time to ask the shop for another one. */
export const TOKEN_NOTICE_MS = 60_000;
/** Connections are gone through so often. */
const LOOK_EVERY_US = 1_000_000;

/** A connection with a token that ends. */
export interface TokenHolder {
  /** Its token ends soon. Called once for each token. */
  tokenEnding(endsMs: number): void;
  finish(close: Close): void;
}

/** Where connections that are due take turns to end. */
export interface Ending {
  end(peer: TokenHolder, close: Close): void;
}

interface Term {
  readonly endsMs: number;
  isTold: boolean;
}

/** Connections whose token ends: told before, ended then (4002). At most one entry for each connection. */
export class TokenWatch {
  readonly #terms = new Map<TokenHolder, Term>();
  readonly #clock: Clock;
  readonly #ending: Ending;
  #lookedUs = 0;

  constructor(clock: Clock, ending: Ending) {
    this.#clock = clock;
    this.#ending = ending;
  }

  /** Connections that are watched. */
  get size(): number {
    return this.#terms.size;
  }

  /** @param endsMs epoch ms; Infinity: it does not end. Takes the place of the holder's one before. */
  watch(holder: TokenHolder, endsMs: number): void {
    if (endsMs === Infinity) return this.delete(holder);
    this.#terms.set(holder, { endsMs, isTold: false });
  }

  delete(holder: TokenHolder): void {
    this.#terms.delete(holder);
  }

  /** Called a few times a second; looks once a second. */
  look(): void {
    const nowUs = this.#clock.nowUs();
    if (nowUs - this.#lookedUs < LOOK_EVERY_US) return;
    this.#lookedUs = nowUs;
    const nowMs = this.#clock.nowMs();
    for (const [holder, term] of this.#terms) this.#look(holder, term, nowMs);
  }

  #look(holder: TokenHolder, term: Term, nowMs: number): void {
    if (nowMs >= term.endsMs) {
      this.#terms.delete(holder);
      this.#ending.end(holder, CLOSES.tokenExpired);
    } else if (!term.isTold && nowMs >= term.endsMs - TOKEN_NOTICE_MS) {
      term.isTold = true;
      holder.tokenEnding(term.endsMs);
    }
  }
}
