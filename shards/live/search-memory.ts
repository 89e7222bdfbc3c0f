import type { LatestSearch } from './live-user.js';

/** Users remembered who are not open. */
export const SEARCHES_REMEMBERED = 4_096;
/** How long a search is remembered: a pause of this length ends a session. */
export const SEARCH_KEPT_MS = 30 * 60_000;

/**
 * What users searched for last who are not open: pages that follow each other open a socket each, and a server that speaks for shoppers
 * opens none. One per shard, in memory alone.
 *
 * Bounds: `SEARCHES_REMEMBERED` users, of whom the one who left longest ago is forgotten first; some hundred bytes each.
 */
export class SearchMemory {
  /** By user key, the one who left longest ago first; until when it is remembered, epoch ms. */
  readonly #searches = new Map<string, { readonly search: LatestSearch; readonly untilMs: number }>();

  /** Users that are remembered. */
  get size(): number {
    return this.#searches.size;
  }

  /** What a user who opens, or of whom something is asked, searched for last. */
  of(userId: string, nowMs: number): LatestSearch | undefined {
    const known = this.#searches.get(userId);
    return known !== undefined && nowMs < known.untilMs ? known.search : undefined;
  }

  /** A user leaves; `search` is what is left of their latest one, if anything is. */
  keep(userId: string, search: LatestSearch | undefined, nowMs: number): void {
    this.#searches.delete(userId);
    if (search === undefined) return;
    this.#searches.set(userId, { search, untilMs: nowMs + SEARCH_KEPT_MS });
    if (this.#searches.size <= SEARCHES_REMEMBERED) return;
    for (const oldest of this.#searches.keys()) {
      this.#searches.delete(oldest);
      return;
    }
  }

  /** A user is gone. */
  forget(userId: string): void {
    this.#searches.delete(userId);
  }
}
