import type { BuiltShard } from '../shard/build-shard.js';
import type { RetentionBounds } from '../wire/worker-data.js';
import { IdleUsers } from './idle-users.js';
import { MergedVisitors } from './merged-visitors.js';
import { VisitorRemoval, type LongAgo } from './visitor-removal.js';

/** Pause between two bites, so that clicks and writes of states come between, ms. */
export const BITE_REST_MS = 10;
/** Rest after a bite with users who are to go from all shards, for each of them, ms. */
const ERASE_REST_MS = 20;

/** Who hears of those who are to go from all shards. */
interface FoundPorts {
  readonly idle: (users: readonly string[]) => void;
  readonly merged: (visitors: readonly string[]) => void;
}

/** A way past all rows of a kind, a bite at a time. */
interface Walk {
  /** How long what it looks at is kept, ms. */
  readonly keptMs: number;
  /** The next bite, and the rest after it, ms; undefined when the walk is over. */
  readonly step: (ago: LongAgo) => number | undefined;
}

/**
 * The walks past those of whom nothing came for long, one after the other: visitors (`VisitorRemoval`), those who were merged
 * (`MergedVisitors`), named users (`IdleUsers`). A kind that is kept for ever is not walked past.
 */
export class RetentionWalks {
  readonly #removal: VisitorRemoval;
  readonly #walks: readonly Walk[];
  /** Which of them is under way. */
  #walking = 0;

  constructor(
    built: BuiltShard,
    { visitorsKeptMs, usersKeptMs }: Pick<RetentionBounds, 'visitorsKeptMs' | 'usersKeptMs'>,
    ports: FoundPorts,
  ) {
    const removal = new VisitorRemoval(built);
    const merged = new MergedVisitors(built);
    const idle = new IdleUsers(built);
    this.#removal = removal;
    this.#walks = [
      { keptMs: visitorsKeptMs, step: (ago: LongAgo) => (removal.step(ago) ? BITE_REST_MS : undefined) },
      { keptMs: visitorsKeptMs, step: (ago: LongAgo) => tell(merged.step(ago), ports.merged) },
      { keptMs: usersKeptMs, step: (ago: LongAgo) => tell(idle.step(ago), ports.idle) },
    ].filter(({ keptMs }) => keptMs > 0);
  }

  /** Of all walks; Infinity when everybody is kept for ever. */
  get leastKeptMs(): number {
    return this.#walks.reduce((least, { keptMs }) => Math.min(least, keptMs), Infinity);
  }

  /** Visitors removed since the last call. */
  takeRemoved(): number {
    return this.#removal.take();
  }

  /**
   * The next bite; the rest after it, undefined when the last walk is over, and the next call begins the first again. Call between two ticks,
   * and only when somebody is not kept for ever.
   */
  step(longAgo: (keptMs: number) => LongAgo): number | undefined {
    const { keptMs, step } = this.#walks[this.#walking];
    const restMs = step(longAgo(keptMs));
    if (restMs !== undefined) return restMs;
    this.#walking = (this.#walking + 1) % this.#walks.length;
    return this.#walking === 0 ? undefined : BITE_REST_MS;
  }
}

/** Tells of those whom a bite has found; the rest after it. */
function tell(
  found: readonly string[] | undefined,
  port: (users: readonly string[]) => void,
): number | undefined {
  if (found === undefined) return undefined;
  if (found.length > 0) port(found);
  return BITE_REST_MS + ERASE_REST_MS * found.length;
}
