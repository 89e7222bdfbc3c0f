import { button, element, svgElement } from '../elements/element.js';
import { paperOf, picture } from '../pictures/picture.js';
import { priceOf, type ShopItem, titleOf } from './shop-item.js';

/** What a shopper does with a gift. */
export type Gesture = 'view_item' | 'add_to_cart' | 'add_to_wishlist' | 'dismiss_item' | 'purchase';
export type OnGesture = (gesture: Gesture, item: ShopItem) => void;

/** One gift on a shelf: a button that opens it, and three small ones. */
export class Tile {
  readonly element = element('li', { class: 'tile' });
  /** What it shows; may be no more than an id. */
  readonly item: ShopItem;
  readonly #why = element('span', { class: 'tile-why' });
  readonly #rank = element('span', { class: 'tile-rank', 'aria-hidden': 'true' });
  readonly #move = element('span', { class: 'tile-move', 'aria-hidden': 'true' });
  readonly #opener: HTMLButtonElement;

  constructor(item: ShopItem, onGesture: OnGesture) {
    const title = titleOf(item);
    this.item = item;
    this.element.dataset['item'] = item.id;
    this.element.style.setProperty('--paper', paperOf(item));
    this.#opener = button(
      title,
      { class: 'tile-open', 'aria-label': undefined },
      () => onGesture('view_item', item),
      picture(item),
      element('span', { class: 'tile-title' }, title),
      element('span', { class: 'tile-price' }, priceOf(item)),
      this.#why,
    );
    const act = (gesture: Gesture, label: string, name: Parameters<typeof icon>[0]): HTMLButtonElement =>
      button(
        `${label}: ${title}`,
        { class: `tile-act tile-${name}`, title: label },
        () => onGesture(gesture, item),
        icon(name),
      );
    this.element.append(
      this.#opener,
      this.#rank,
      this.#move,
      element(
        'span',
        { class: 'tile-acts' },
        act('add_to_cart', 'Add to basket', 'cart'),
        act('add_to_wishlist', 'Add to wishlist', 'wish'),
        act('dismiss_item', 'Not for me', 'dismiss'),
      ),
    );
  }

  /** Place on the shelf, from 1, why it is there, and what its score is made of, for who points at it. */
  place(rank: number, why: string, parts: string): void {
    this.#rank.textContent = String(rank);
    this.#why.textContent = why;
    this.#why.title = parts;
  }

  /** Shows for a moment how far it moved: places up when positive, `new` when it was not there. */
  showMove(places: number | 'new'): void {
    this.#move.className = 'tile-move';
    if (places === 0) return;
    this.#move.textContent = places === 'new' ? 'new' : `${places > 0 ? '▲' : '▼'} ${Math.abs(places)}`;
    // A class taken away and given back in one turn would not start its animation again.
    void this.#move.offsetWidth;
    this.#move.classList.add(places === 'new' ? 'is-new' : places > 0 ? 'is-up' : 'is-down');
  }

  focus(): void {
    this.#opener.focus({ preventScroll: true });
  }
}

const PATHS = {
  cart: 'M3 4h3l2 11h10l2-8H7M10 20h.01M17 20h.01',
  wish: 'M12 20C3 14 3 6 8 5c2 0 3 1 4 3 1-2 2-3 4-3 5 1 5 9-4 15Z',
  dismiss: 'M6 6l12 12M18 6 6 18',
} as const;

/** A line icon in the text's colour, 20 px square. */
function icon(name: keyof typeof PATHS): SVGSVGElement {
  const path = svgElement('path', {
    d: PATHS[name],
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': 2.2,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });
  return svgElement('svg', { viewBox: '0 0 24 24', width: 20, height: 20, 'aria-hidden': 'true' }, path);
}
