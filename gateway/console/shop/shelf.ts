import { playFrom, playLeave, positionsOf, prefersStillness } from '../elements/flip.js';
import { type OnGesture, Tile } from './tile.js';
import type { Stockroom } from './stockroom.js';

/** What a new list did to the shelf. */
export interface ShelfChange {
  readonly entered: number;
  readonly moved: number;
}

/** A row of tiles in the order of a list; a new list rearranges it, keeping the focus where it is. */
export class Shelf {
  readonly #root: HTMLElement;
  readonly #stockroom: Stockroom;
  readonly #onGesture: OnGesture;
  #tiles = new Map<string, Tile>();

  constructor(root: HTMLElement, stockroom: Stockroom, onGesture: OnGesture) {
    this.#root = root;
    this.#stockroom = stockroom;
    this.#onGesture = onGesture;
    new ResizeObserver(() => this.#fillRows()).observe(root);
  }

  /**
   * Shows `ids`, best first; `why[i]` tells why `ids[i]` is there, and `parts[i]` what its score is made of. Items have to be
   * in the stockroom.
   */
  show(ids: readonly string[], why: readonly string[], parts: readonly string[]): ShelfChange {
    const before = positionsOf(this.#root.querySelectorAll(':scope > .tile:not(.is-leaving)'));
    const old = this.#tiles;
    const oldPlaces = new Map([...old.keys()].map((id, place) => [id, place]));
    const focused = this.#focusedItem();
    this.#tiles = new Map(
      ids.map((id) => [id, this.#isWhole(old.get(id)) ?? new Tile(this.#stockroom.get(id), this.#onGesture)]),
    );
    const change = this.#label(why, parts, oldPlaces);
    const tiles = [...this.#tiles.values()];
    const elements = tiles.map((tile) => tile.element);
    this.#root.replaceChildren(...elements);
    this.#fillRows();
    if (!prefersStillness() && old.size > 0) {
      playFrom(before, elements);
      for (const [id, tile] of old) {
        if (!this.#tiles.has(id)) playLeave(tile.element, before.get(tile.element)!, this.#root);
      }
    }
    if (focused !== undefined) (this.#tiles.get(focused) ?? tiles[oldPlaces.get(focused) ?? 0])?.focus();
    return change;
  }

  /** The tile, unless it was drawn while its item could not be read, which is there now. */
  #isWhole(tile: Tile | undefined): Tile | undefined {
    if (tile === undefined || tile.item.title !== undefined) return tile;
    return this.#stockroom.get(tile.item.id).title === undefined ? tile : undefined;
  }

  /** Leaves the last row out when it is not full. */
  #fillRows(): void {
    const columns = getComputedStyle(this.#root).gridTemplateColumns.split(' ').length;
    const tiles = [...this.#tiles.values()];
    const whole = tiles.length < columns ? tiles.length : tiles.length - (tiles.length % columns);
    tiles.forEach((tile, place) => tile.element.classList.toggle('is-over', place >= whole));
  }

  #label(
    why: readonly string[],
    parts: readonly string[],
    oldPlaces: ReadonlyMap<string, number>,
  ): ShelfChange {
    let [entered, moved, place] = [0, 0, 0];
    for (const [id, tile] of this.#tiles) {
      const old = oldPlaces.get(id);
      tile.place(place + 1, why[place] ?? '', parts[place] ?? '');
      if (old === undefined) entered++;
      else if (old !== place) moved++;
      if (oldPlaces.size > 0) tile.showMove(old === undefined ? 'new' : old - place);
      place++;
    }
    return { entered, moved };
  }

  #focusedItem(): string | undefined {
    const tile = document.activeElement?.closest<HTMLElement>('.tile');
    return tile && this.#root.contains(tile) ? tile.dataset['item'] : undefined;
  }
}
