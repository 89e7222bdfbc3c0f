import { statePosition } from '../graph/interest/state/state-header.js';
import type { BuiltShard } from '../shard/build-shard.js';
import type { SessionRow } from '../store/shard-states.js';
import { isVisitor } from '../store/user-key.js';
import { lastActivityMs } from './last-activity.js';
import type { LongAgo } from './visitor-removal.js';

/** Rows looked at in one bite, and users found in one at most: each is erased everywhere before the next bite, or soon after. */
const BITE_ROWS = 64;
export const IDLE_BITE_MAX = 8;

/**
 * Finds named users of whom nothing came for long: no session of theirs, and nothing in their state, is of after a time. Who is open, has a state that
 * is still to be written, or is owed to the next recovery, is not among them. Nothing is changed here: they are erased as by
 * `DELETE /v1/users/{id}`, from all shards and with the visitors who became theirs.
 *
 * A walk looks at all states, then at sessions of users without a state: nothing was kept of what they did, or their state was set aside.
 */
export class IdleUsers {
  readonly #built: BuiltShard;
  /** The last user, or the last session, that was looked at; '' and undefined begin. */
  #after = '';
  #session: Pick<SessionRow, 'userId' | 'sessionId'> | undefined;
  #isAmongSessions = false;
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
    return this.#isAmongSessions ? this.#lookAtSessions(ago) : this.#lookAtStates(ago);
  }

  #lookAtStates(ago: LongAgo): string[] {
    const idle: string[] = [];
    let count = 0;
    for (const user of this.#built.context.store.userNames(this.#after)) {
      this.#after = user;
      if (this.#isIdle(user, ago)) idle.push(user);
      if (++count === BITE_ROWS || idle.length === IDLE_BITE_MAX) return idle;
    }
    this.#after = '';
    this.#isAmongSessions = true;
    return idle;
  }

  #lookAtSessions(ago: LongAgo): string[] {
    const { store } = this.#built.context;
    const idle: string[] = [];
    let count = 0;
    for (const { userId, sessionId } of store.sessionsAfter(this.#session)) {
      const isFirst = userId !== this.#session?.userId;
      this.#session = { userId, sessionId };
      if (isFirst && store.user(userId) === undefined && this.#isIdle(userId, ago)) idle.push(userId);
      if (++count === BITE_ROWS || idle.length === IDLE_BITE_MAX) return idle;
    }
    this.#session = undefined;
    this.#isAmongSessions = false;
    this.#isThrough = true;
    return idle;
  }

  #isIdle(user: string, ago: LongAgo): boolean {
    const { shard, users, context } = this.#built;
    if (isVisitor(user) || shard.isOpen(user) || users.isChanged(user) || context.quarantine.isOwed(user))
      return false;
    const state = context.store.user(user);
    return (state === undefined || this.#isLongAgo(state, ago)) && !this.#hasSessionSince(user, ago.beforeMs);
  }

  #isLongAgo(state: Uint8Array, { beforeMs, position }: LongAgo): boolean {
    return statePosition(state) <= position && lastActivityMs(this.#built, state) < beforeMs;
  }

  #hasSessionSince(user: string, sinceMs: number): boolean {
    for (const { userId, atMs } of this.#built.context.store.sessionsAfter({ userId: user, sessionId: '' })) {
      if (userId !== user) return false;
      if (atMs >= sinceMs) return true;
    }
    return false;
  }
}
