import { faultPoint } from '../../metrics/process/fault-point.js';
import { COUNTER } from '../../metrics/table.js';
import { statePosition } from '../graph/interest/state/state-header.js';
import { intentOf } from '../live/merge-intents.js';
import type { BuiltShard } from '../shard/build-shard.js';
import type { SessionRow } from '../store/shard-states.js';
import { isVisitor, nameOf } from '../store/user-key.js';
import { lastActivityMs } from './last-activity.js';

/** Rows looked at in one bite: a few tenths of a millisecond. */
const BITE_ROWS = 128;

/** Whom a bite may remove: those whose last event is before a time, and before a position of the journal. */
export interface LongAgo {
  /** Epoch ms. */
  readonly beforeMs: number;
  /** From here on the next recovery reads: what it reads may not make somebody again who is gone. */
  readonly position: number;
}

/**
 * Removes visitors of whom nothing came for long: their state, their session, their key, and that they ever were, with an entry in the journal.
 * One who comes back is a new visitor. The interaction graph keeps what they taught it. Left alone is whoever is open, has a state
 * that is still to be written, is owed to the next recovery or damaged, and whoever was merged: what they did, and the number of
 * their session, is a named user's.
 *
 * A walk looks at all sessions, each of which says when its last event was taken; then at states of visitors without a session
 * (their events came over HTTP), which say when that was.
 */
export class VisitorRemoval {
  readonly #built: BuiltShard;
  /** The last session that was looked at, then the last user; undefined begins. */
  #session: Pick<SessionRow, 'userId' | 'sessionId'> | undefined;
  #user: string | undefined;
  #removed = 0;

  constructor(built: BuiltShard) {
    this.#built = built;
  }

  /** Visitors removed since the last call. */
  take(): number {
    const removed = this.#removed;
    this.#removed = 0;
    return removed;
  }

  /** Looks at some rows. False when the walk is over; the next call begins another. Call between two ticks. */
  step(ago: LongAgo): boolean {
    const gone = this.#user === undefined ? this.#lookAtSessions(ago) : this.#lookAtUsers(ago);
    const { shard, context } = this.#built;
    if (gone.length > 0) {
      for (const visitor of gone) shard.remove(visitor);
      this.#forgetFor(gone);
      context.stats.count(COUNTER.visitorsRemoved, gone.length);
      this.#removed += gone.length;
    }
    return this.#session !== undefined || this.#user !== undefined;
  }

  /** Their keys go with them, as of those who are erased: with the key the entry that says so cannot be read either, so the rows go in the same commit. */
  #forgetFor(gone: readonly string[]): void {
    const { shard, context } = this.#built;
    const { fail, store } = context;
    faultPoint('retention.chosen');
    shard.commits.commit(store.isEncrypted ? { rowsFollow: false } : {});
    faultPoint('retention.handedOver');
    store.erase(gone).catch(fail);
  }

  #lookAtSessions(ago: LongAgo): string[] {
    const gone: string[] = [];
    let count = 0;
    for (const { userId, sessionId, atMs } of this.#built.context.store.sessionsAfter(this.#session)) {
      this.#session = { userId, sessionId };
      if (isVisitor(userId) && atMs < ago.beforeMs && this.#isGone(userId, ago)) gone.push(userId);
      if (++count === BITE_ROWS) return gone;
    }
    this.#session = undefined;
    this.#user = '';
    return gone;
  }

  #lookAtUsers(ago: LongAgo): string[] {
    const { store } = this.#built.context;
    const gone: string[] = [];
    let count = 0;
    for (const userId of store.userNames(this.#user ?? '')) {
      this.#user = userId;
      const hasNoSession = isVisitor(userId) && store.sessionSeq(userId, nameOf(userId)) === undefined;
      if (hasNoSession && this.#isGone(userId, ago)) gone.push(userId);
      if (++count === BITE_ROWS) return gone;
    }
    this.#user = undefined;
    return gone;
  }

  #isGone(visitor: string, ago: LongAgo): boolean {
    const { shard, users } = this.#built;
    const { store, quarantine } = this.#built.context;
    if (store.alias(visitor) !== undefined || intentOf(store, visitor) !== undefined) return false;
    if (shard.isOpen(visitor) || users.isChanged(visitor) || quarantine.isOwed(visitor)) return false;
    const state = store.user(visitor);
    return (
      state === undefined ||
      (statePosition(state) <= ago.position && lastActivityMs(this.#built, state) < ago.beforeMs)
    );
  }
}
