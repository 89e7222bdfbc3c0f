import { button, element } from '../elements/element.js';
import { pounds, priceOf, type ShopItem, titleOf } from './shop-item.js';

/** Where the basket lies while the page is loaded again. */
const KEPT_AS = 'afterclick-shop.basket';

/** What a shopper is about to buy. Kept by the tab alone, also when the page is loaded again; the gateway hears of it through events. */
export class Basket {
  readonly #root: HTMLElement;
  readonly #onRemove: (item: ShopItem) => void;
  readonly #onBuy: (items: readonly ShopItem[]) => void;
  readonly #items = new Map<string, ShopItem>();

  constructor(
    root: HTMLElement,
    onRemove: (item: ShopItem) => void,
    onBuy: (items: readonly ShopItem[]) => void,
  ) {
    this.#root = root;
    this.#onRemove = onRemove;
    this.#onBuy = onBuy;
    for (const item of keptItems()) this.#items.set(item.id, item);
    this.#draw();
  }

  add(item: ShopItem): void {
    this.#items.set(item.id, item);
    this.#draw();
  }

  /** Takes an item out without telling anyone: it was bought, or it is not wanted any more. */
  drop(id: string): void {
    if (this.#items.delete(id)) this.#draw();
  }

  #draw(): void {
    const items = [...this.#items.values()];
    sessionStorage.setItem(KEPT_AS, JSON.stringify(items));
    const total = items.reduce((sum, { price = 0 }) => sum + price, 0);
    const summary = element('summary', {}, 'Basket ', element('b', {}, String(items.length)));
    const sheet = element('div', { class: 'basket-sheet' });
    if (items.length === 0) sheet.append(element('p', {}, 'Nothing in it yet.'));
    else {
      sheet.append(
        element('ul', {}, ...items.map((item) => this.#row(item))),
        button(`Buy all for ${pounds(total)}`, { class: 'action is-main' }, () => this.#buy()),
      );
    }
    this.#root.replaceChildren(summary, sheet);
  }

  #row(item: ShopItem): HTMLElement {
    const remove = button(
      `Put back: ${titleOf(item)}`,
      { class: 'basket-remove' },
      () => {
        this.drop(item.id);
        this.#onRemove(item);
      },
      '×',
    );
    return element('li', {}, element('span', {}, titleOf(item)), element('b', {}, priceOf(item)), remove);
  }

  #buy(): void {
    const items = [...this.#items.values()];
    this.#items.clear();
    this.#draw();
    this.#onBuy(items);
  }
}

/** Empty when there is nothing, or nothing that can be read. */
function keptItems(): ShopItem[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT_AS) ?? '[]');
    return Array.isArray(kept) ? (kept as ShopItem[]).filter(({ id }) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
