import type { UserKey } from '../../shards/api.js';

/** A connection that speaks in a session, or is about to. */
export interface SessionHolder {
  /** A newer connection has the session of the claim: this one says nothing in it any more when the call returns. */
  takenOver(claim: string): void;
}

/**
 * Which connection has which session. A session is one connection's at a time, for its events have one order; a newer one takes
 * it over. The older one leaves before the session is opened for the newer one, so that the shard has all of its events by
 * then, and nothing comes after: the `seq` that the newer one is told is exact (D4). Of two that ask at once the later one
 * has it. Bounds: two sessions of each connection, which it gives back when it ends.
 */
export class SessionClaims {
  readonly #holders = new Map<string, SessionHolder>();

  /** Sessions that somebody has. */
  get size(): number {
    return this.#holders.size;
  }

  /** The session is the holder's from now on, and nobody else's; @returns what to give back. */
  take(user: UserKey, session: string, holder: SessionHolder): string {
    const claim = `${user}\n${session}`;
    const before = this.#holders.get(claim);
    this.#holders.set(claim, holder);
    if (before !== undefined && before !== holder) before.takenOver(claim);
    return claim;
  }

  /** Gives a session back; nothing happens when a newer connection has it by now. */
  release(claim: string | undefined, holder: SessionHolder): void {
    if (claim !== undefined && this.#holders.get(claim) === holder) this.#holders.delete(claim);
  }
}
