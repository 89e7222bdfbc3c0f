import { button } from '../elements/element.js';
import { capitalised } from './shop-item.js';
import type { Shelf } from './shelf.js';
import type { Stockroom } from './stockroom.js';

const CATEGORIES_MAX = 12;
const ITEMS_SHOWN = 10;

/** Buttons of the largest categories; the one pressed shows some of its items. */
export class Browse {
  readonly #root: HTMLElement;
  readonly #shelf: Shelf;
  readonly #stockroom: Stockroom;
  #shown: string | undefined;

  constructor(root: HTMLElement, shelf: Shelf, stockroom: Stockroom) {
    this.#root = root;
    this.#shelf = shelf;
    this.#stockroom = stockroom;
  }

  /** Reads the categories once; does nothing when they are there. */
  async load(): Promise<void> {
    if (this.#shown !== undefined) return;
    const names = await this.#stockroom.largestCategories(CATEGORIES_MAX);
    this.#root.replaceChildren(...names.map((name) => this.#chip(name)));
    if (names[0] !== undefined) await this.#open(names[0]);
  }

  #chip(name: string): HTMLButtonElement {
    return button(capitalised(name), { class: 'chip', 'data-category': name }, () => void this.#open(name));
  }

  async #open(name: string): Promise<void> {
    this.#shown = name;
    for (const chip of this.#root.querySelectorAll<HTMLElement>('.chip')) {
      chip.setAttribute('aria-pressed', String(chip.dataset['category'] === name));
    }
    const items = await this.#stockroom.inCategory(name, ITEMS_SHOWN);
    if (this.#shown === name)
      this.#shelf.show(
        items.map(({ id }) => id),
        [],
        [],
      );
  }
}
