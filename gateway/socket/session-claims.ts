import type { UserKey } from '../../shards/api.js';

/** A connection that speaks in a session, or is about to. */
export interface SessionHolder {
  /** A newer connection has the session of the claim: this one says nothing in it any more when the call returns. */
  takenOver(claim: string): void;
}

/**
 * Which connection has which session. A session is one connection's at a time, for its events have one order; a newer one takes
 * it over. The older one leaves before the session is opened for the newer one, so that the shard has all of its events by
 * then, and nothing comes after: the `seq` that the newer one is told is exact (D4). Whatever an older
 * one says then, it is the newer one's. Bounds: two sessions of each connection, which it gives back when it ends.
 */
export class SessionClaims {
  readonly #holders = new Map<string, SessionHolder>();
  readonly #ages = new WeakMap<SessionHolder, number>();
  #count = 0;

  /** Sessions that somebody has. */
  get size(): number {
    return this.#holders.size;
  }

  /**
   * The session is the holder's from now on, and nobody else's; @returns what to give back, undefined when a newer connection has it: one that
   * nobody reads from any more may still say who its visitor is.
   */
  take(user: UserKey, session: string, holder: SessionHolder): string | undefined {
    const claim = `${user}\n${session}`;
    const age = this.#ageOf(holder);
    const before = this.#holders.get(claim);
    if (before !== undefined && this.#ageOf(before) > age) return undefined;
    this.#holders.set(claim, holder);
    if (before !== undefined && before !== holder) before.takenOver(claim);
    return claim;
  }

  /** Gives a session back; nothing happens when a newer connection has it by now. */
  release(claim: string | undefined, holder: SessionHolder): void {
    if (claim !== undefined && this.#holders.get(claim) === holder) this.#holders.delete(claim);
  }

  /** Counts up with connections, in the order in which they first took a session. */
  #ageOf(holder: SessionHolder): number {
    const age = this.#ages.get(holder) ?? ++this.#count;
    this.#ages.set(holder, age);
    return age;
  }
}
