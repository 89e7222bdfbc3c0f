import type { Recs } from '../../protocol/messages.js';

/** A list of one slot, best first; `ids`, `scores` and `reasons` run in parallel. */
export type List = Omit<Recs, 't'>;

/**
 * What a list is to the one before it: `old` comes too late; `same` is newer and shows the same items for the same reasons;
 * `new` shows something else.
 */
export type ListNews = 'old' | 'same' | 'new';

/** The newest list of each slot. Lists of one user and slot are told apart by `rev`, which only grows. */
export class NewestLists {
  readonly #newest = new Map<string, List>();

  get(slot: string): List | undefined {
    return this.#newest.get(slot);
  }

  /**
   * Keeps the list when it is newer than the one there is. The same `rev` again, as after a reconnect, counts as newer
   * when its `cause` tells of a later event.
   */
  put(list: List): ListNews {
    const last = this.#newest.get(list.slot);
    if (last && (list.rev < last.rev || (list.rev === last.rev && list.cause <= last.cause))) return 'old';
    this.#newest.set(list.slot, list);
    return last && showsSame(last, list) ? 'same' : 'new';
  }

  drop(slot: string): void {
    this.#newest.delete(slot);
  }

  /** For another user, whose revs have nothing to do with those before. */
  clear(): void {
    this.#newest.clear();
  }
}

function showsSame(a: List, b: List): boolean {
  return (
    a.ids.length === b.ids.length &&
    a.ids.every((id, i) => id === b.ids[i]) &&
    JSON.stringify(a.reasons) === JSON.stringify(b.reasons)
  );
}
