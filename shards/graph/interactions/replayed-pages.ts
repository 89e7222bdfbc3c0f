import type { PageKind } from './interaction-buffers.js';

/**
 * Which journal position each stored page contains, while the journal behind them is replayed: an entry changes only the pages
 * that do not contain it. Pages that were never stored contain what all do.
 */
export class ReplayedPages {
  /** Position of the entry that is being replayed. */
  entry = 0;
  readonly #contained: Readonly<Record<PageKind, Map<number, number>>> = {
    items: new Map(),
    sessions: new Map(),
  };

  /** A stored page contains all entries before `position`. */
  note(kind: PageKind, page: number, position: number): void {
    this.#contained[kind].set(page, position);
  }

  /** True when the page does not contain the entry that is being replayed. */
  isBehind(kind: PageKind, page: number): boolean {
    return this.entry >= (this.#contained[kind].get(page) ?? 0);
  }
}
