import { intentOf } from '../live/merge-intents.js';
import type { BuiltShard } from '../shard/build-shard.js';
import { recordTime } from '../store/journal-record.js';
import type { ShardStore } from '../store/store.js';
import { isVisitor } from '../store/user-key.js';
import { IDLE_BITE_MAX } from './idle-users.js';
import type { LongAgo } from './visitor-removal.js';

/** Rows of sessions looked at in one bite. */
const BITE_ROWS = 128;

/**
 * Finds visitors who were merged into a named user long ago and of whom nothing is left but that: the mark (`ShardStates.alias`) on their
 * shard and on the user's, the row of their session, their key. Long ago is before a time, and before the first record that the journal of
 * their shard still has: then no record is theirs that somebody reads again, erases with its user, or trains on.
 *
 * Nothing is changed here: the pool takes away what is left (`UserErasures.forgetMerged`). Whoever comes in the session after that is a new
 * visitor. A merge that is not over holds its visitor.
 */
export class MergedVisitors {
  readonly #built: BuiltShard;
  /** The last row that was looked at; undefined begins. */
  #after: { readonly userId: string; readonly sessionId: string } | undefined;
  /** True when all rows were looked at. */
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
    const { store } = this.#built.context;
    const beforeMs = Math.min(ago.beforeMs, keptSinceMs(store));
    const merged: string[] = [];
    let count = 0;
    for (const { userId, sessionId, atMs } of store.sessionsAfter(this.#after)) {
      this.#after = { userId, sessionId };
      if (isVisitor(userId) && atMs < beforeMs && isOver(store, userId)) merged.push(userId);
      if (++count === BITE_ROWS || merged.length === IDLE_BITE_MAX) return merged;
    }
    this.#after = undefined;
    this.#isThrough = true;
    return merged;
  }
}

function isOver(store: ShardStore, visitor: string): boolean {
  return store.alias(visitor) !== undefined && intentOf(store, visitor) === undefined;
}

/** When the first record that the journal has was committed, epoch ms; before all time when it does not say so. */
function keptSinceMs({ journal }: Pick<ShardStore, 'journal'>): number {
  for (const { bytes } of journal.from(journal.start))
    try {
      return recordTime(bytes) ?? -Infinity;
    } catch {
      return -Infinity;
    }
  return -Infinity;
}
