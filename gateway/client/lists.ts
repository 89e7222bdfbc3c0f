import type { Recs } from '../protocol/messages.js';

/** A list of one slot, best first; `ids`, `scores` and `reasons` run in parallel. */
export type List = Omit<Recs, 't'>;

/** The newest list of each slot. Lists of one user and slot are told apart by `rev`, which only grows. */
export class Lists {
  readonly #newest = new Map<string, List>();

  get(slot: string): List | undefined {
    return this.#newest.get(slot);
  }

  /**
   * Keeps the list when it is newer than the one there is. The same `rev` again, as after a reconnect, counts as newer
   * when its `cause` tells of a later event.
   */
  put(list: List): boolean {
    const last = this.#newest.get(list.slot);
    if (last && (list.rev < last.rev || (list.rev === last.rev && list.cause <= last.cause))) return false;
    this.#newest.set(list.slot, list);
    return true;
  }

  drop(slot: string): void {
    this.#newest.delete(slot);
  }

  /** Another user: his revs have nothing to do with those before. */
  clear(): void {
    this.#newest.clear();
  }
}
