import { button } from './element.js';
import { capitalised } from './shop-item.js';
import type { Shelf } from './shelf.js';
import type { Stockroom } from './stockroom.js';

const CATEGORIES_MAX = 12;
const ITEMS_SHOWN = 10;
/** Items looked through for the categories that a shopper most likely wants. */
const SAMPLE = 200;

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
    const counts = new Map<string, number>();
    for (const { category } of await this.#stockroom.some(SAMPLE)) {
      if (category) counts.set(category, (counts.get(category) ?? 0) + 1);
    }
    const names = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)!).slice(0, CATEGORIES_MAX);
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
    const items = await this.#stockroom.some(ITEMS_SHOWN, name);
    if (this.#shown === name) this.#shelf.show(items.map(({ id }) => id), []);
  }
}
