import { statePosition } from '../graph/interest/interest-codec.js';
import type { BuiltShard } from '../shard/build-shard.js';
import { isVisitor } from '../store/user-key.js';
import { lastActivityMs } from './last-activity.js';
import type { LongAgo } from './visitor-removal.js';

/** States looked at in one bite, and users found in one at most: each is erased everywhere before the next bite, or soon after. */
const BITE_STATES = 64;
export const IDLE_BITE_MAX = 8;

/**
 * Finds named users of whom nothing came for long: no session of theirs, and nothing in their state, is of after a time. Who is open, has a state that
 * is still to be written, or is owed to the next recovery, is not among them. Nothing is changed here: they are erased as by
 * `DELETE /v1/users/{id}`, from all shards and with the visitors who became theirs.
 */
export class IdleUsers {
  readonly #built: BuiltShard;
  /** The last user that was looked at; '' begins. */
  #after = '';
  /** True when all were looked at. */
  #isThrough = false;

  constructor(built: BuiltShard) {
    this.#built = built;
  }

  /** Those of the next bite; undefined when the walk is over, and the next call begins another. Call between two ticks. */
  step(ago: LongAgo): string[] | undefined {
    const found = this.#isThrough ? undefined : this.#bite(ago);
    if (found === undefined) this.#isThrough = false;
    return found;
  }

  #bite(ago: LongAgo): string[] {
    const idle: string[] = [];
    let count = 0;
    for (const user of this.#built.context.store.userNames(this.#after)) {
      this.#after = user;
      if (!isVisitor(user) && this.#isIdle(user, ago)) idle.push(user);
      if (++count === BITE_STATES || idle.length === IDLE_BITE_MAX) return idle;
    }
    this.#after = '';
    this.#isThrough = true;
    return idle;
  }

  #isIdle(user: string, ago: LongAgo): boolean {
    const { shard, users, context } = this.#built;
    const { store, quarantine } = context;
    if (shard.isOpen(user) || users.isChanged(user) || quarantine.isOwed(user)) return false;
    const state = store.user(user);
    if (state === undefined || statePosition(state) > ago.position) return false;
    return lastActivityMs(this.#built, state) < ago.beforeMs && !this.#hasSessionSince(user, ago.beforeMs);
  }

  #hasSessionSince(user: string, sinceMs: number): boolean {
    for (const { userId, atMs } of this.#built.context.store.sessionsAfter({ userId: user, sessionId: '' })) {
      if (userId !== user) return false;
      if (atMs >= sinceMs) return true;
    }
    return false;
  }
}
