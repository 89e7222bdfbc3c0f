import { button, element } from '../elements/element.js';
import { paperOf, picture } from '../pictures/picture.js';
import { capitalised, priceOf, type ShopItem, titleOf } from './shop-item.js';
import type { OnGesture } from './tile.js';

/** The counter: the gift that a shopper took off the shelf, with everything that can be done with it. */
export class Counter {
  readonly #root: HTMLElement;
  readonly #onGesture: OnGesture;

  constructor(root: HTMLElement, onGesture: OnGesture) {
    this.#root = root;
    this.#onGesture = onGesture;
    this.clear();
  }

  show(item: ShopItem): void {
    this.#root.classList.add('is-filled');
    this.#root.style.setProperty('--paper', paperOf(item));
    this.#root.replaceChildren(
      element('div', { class: 'counter-picture' }, picture(item)),
      element(
        'div',
        { class: 'counter-text' },
        element('p', { class: 'counter-category' }, capitalised(item.category ?? 'gift'), ` · ${item.id}`),
        element('h2', {}, titleOf(item)),
        element('p', { class: 'counter-price' }, priceOf(item)),
      ),
      this.#actions(item),
      button('Close', { class: 'counter-close' }, () => this.clear(), '×'),
    );
  }

  clear(): void {
    this.#root.classList.remove('is-filled');
    this.#root.replaceChildren(
      element('p', { class: 'counter-hint' }, 'The counter is empty.'),
      element(
        'p',
        {},
        'Take a gift from the shelf: the gateway hears the click, rethinks, and pushes a new shelf.',
      ),
    );
  }

  #actions(item: ShopItem): HTMLElement {
    const act = (gesture: Parameters<OnGesture>[0], label: string, kind: string): HTMLButtonElement =>
      button(label, { class: `action ${kind}` }, () => this.#onGesture(gesture, item));
    return element(
      'div',
      { class: 'counter-actions' },
      act('add_to_cart', 'Add to basket', 'is-main'),
      act('purchase', 'Buy now', ''),
      act('add_to_wishlist', 'Wishlist', ''),
      act('dismiss_item', 'Not for me', ''),
    );
  }
}
