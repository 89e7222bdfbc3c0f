import type { Recs, Tile } from '../../protocol/messages.js';

/** A list of one slot, best first; `ids`, `scores`, `reasons` and, for a slot with `fields`, `items` run in parallel. */
export type List = Omit<Recs, 't'>;

/**
 * What a list is to the one before it: `old` comes too late; `same` is newer and shows the same items for the same reasons;
 * `new` shows something else.
 */
export type ListNews = 'old' | 'same' | 'new';

/**
 * The newest list of each slot. Lists of one user and slot are told apart by `rev`, which only grows. A list comes with the tiles that were
 * not told before; those of the others are kept from earlier lists, and when all are told what was kept is let go.
 */
export class NewestLists {
  readonly #newest = new Map<string, List>();
  /** By slot, then by item. */
  readonly #tiles = new Map<string, Map<string, Tile>>();

  get(slot: string): List | undefined {
    return this.#newest.get(slot);
  }

  /**
   * Keeps the list, with all of its tiles, when it is newer than the one there is. The same `rev` again, as after a reconnect, counts as
   * newer when its `cause` tells of a later event, or when it tells of items.
   */
  put(told: List): ListNews {
    const { slot, rev, cause, items } = told;
    const list = items ? { ...told, items: this.#filled(told, items) } : told;
    const last = this.#newest.get(slot);
    if (last && (rev < last.rev || (rev === last.rev && cause <= last.cause && !items?.length))) return 'old';
    this.#newest.set(slot, list);
    return last && showsSame(last, list) ? 'same' : 'new';
  }

  #filled({ slot, ids }: List, told: readonly Tile[]): Tile[] {
    const tiles = (told.length < ids.length && this.#tiles.get(slot)) || new Map<string, Tile>();
    for (const tile of told) tiles.set(tile.id, tile);
    this.#tiles.set(slot, tiles);
    return ids.map((id) => tiles.get(id) ?? { id });
  }

  drop(slot: string): void {
    this.#newest.delete(slot);
    this.#tiles.delete(slot);
  }

  /** For another user, whose revs have nothing to do with those before. */
  clear(): void {
    this.#newest.clear();
    this.#tiles.clear();
  }
}

function showsSame(a: List, b: List): boolean {
  return (
    a.ids.length === b.ids.length &&
    a.ids.every((id, i) => id === b.ids[i]) &&
    JSON.stringify([a.reasons, a.items]) === JSON.stringify([b.reasons, b.items])
  );
}
