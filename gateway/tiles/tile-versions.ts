import type { Catalogue } from '../../model/catalogue/catalogue.js';

/**
 * Counts, for each item, how often a tile of it came to show something else, and apart from that how often its units of stock did.
 * Two Uint32 an item, which take memory where items change; they begin with the process, as connections do.
 */
export class TileVersions {
  readonly #faces: Uint32Array;
  readonly #stocks: Uint32Array;
  #hasChanged = false;

  constructor(itemMax: number) {
    this.#faces = new Uint32Array(itemMax);
    this.#stocks = new Uint32Array(itemMax);
  }

  /** Versions that follow a catalogue from now on. */
  static of(catalogue: Pick<Catalogue, 'onChange' | 'shared'>): TileVersions {
    const versions = new TileVersions(catalogue.shared.itemMax);
    catalogue.onChange((_changed, { faces, stocks }) => versions.note(faces, stocks));
    return versions;
  }

  /** Items that show something else, and items with other units of stock; each once. */
  note(faces: readonly number[], stocks: readonly number[]): void {
    for (const index of faces) this.#faces[index]++;
    for (const index of stocks) this.#stocks[index]++;
    if (faces.length + stocks.length > 0) this.#hasChanged = true;
  }

  /** Differs from every earlier one of the item when a tile, with units of stock or without, shows something else. */
  of(index: number, hasStock: boolean): number {
    return hasStock ? this.#faces[index] + this.#stocks[index] : this.#faces[index];
  }

  /** True when something has changed since the last call. */
  takeChange(): boolean {
    const hasChanged = this.#hasChanged;
    this.#hasChanged = false;
    return hasChanged;
  }
}
