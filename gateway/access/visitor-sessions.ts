import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** `any`: every name is a session, for a gateway without keys; else what `AFTERCLICK_VISITORS` says. */
export type VisitorRule = 'any' | 'open' | 'signed' | 'off';

/** Bytes of a session's secret, and of the mark beside it that says who made it. */
const SECRET_BYTES = 16;
const MARK_BYTES = 16;
/** Letters of base64url that 128 bits take: a shorter name can be guessed. */
const SECRET_LETTERS = 22;
const SECRET = /^[\w-]+$/;

/**
 * Names of visitors' sessions. Who knows the name is the visitor, so it is a secret of 128 bits.
 *
 * `open`: a client may bring a secret of its own, such as one that it made before it reached the gateway. `signed`: only those
 * that a gateway with the same key made: `SECRET.MARK`, the mark being the first half of the HMAC-SHA-256 of the secret.
 */
export class VisitorSessions {
  readonly #rule: VisitorRule;
  readonly #key: Uint8Array;

  constructor(rule: VisitorRule, key: Uint8Array) {
    this.#rule = rule;
    this.#key = key;
  }

  /** True where somebody without a token may shop. */
  get mayShop(): boolean {
    return this.#rule !== 'off';
  }

  /** A new session that nobody can guess. */
  issue(): string {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    return this.#rule === 'signed' ? `${secret}.${this.#markOf(secret)}` : secret;
  }

  /** True when a session may be a visitor's: whoever names it has shown that it is theirs. */
  isSecret(session: string): boolean {
    if (this.#rule === 'any') return true;
    if (this.#rule === 'signed') return this.#isMarked(session);
    return session.length >= SECRET_LETTERS && SECRET.test(session);
  }

  #isMarked(session: string): boolean {
    const [secret, mark, more] = session.split('.');
    if (mark === undefined || more !== undefined) return false;
    const [given, right] = [Buffer.from(mark), Buffer.from(this.#markOf(secret))];
    return given.length === right.length && timingSafeEqual(given, right);
  }

  #markOf(secret: string): string {
    const mac = createHmac('sha256', this.#key).update(secret).digest();
    return mac.subarray(0, MARK_BYTES).toString('base64url');
  }
}
