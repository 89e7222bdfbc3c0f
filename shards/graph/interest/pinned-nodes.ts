import { NODE } from './interest-slabs.js';
import type { TouchedItem } from './touched-item.js';

/**
 * Nodes that do not fold while an event goes in, since it still writes to them: the item's, its category's and brand's, the
 * one of the item clicked before. The node of everything without a category never folds. Pins hold until the next event.
 */
export class PinnedNodes {
  #item = -1;
  #predecessor = -1;
  #category = -2;
  #brand = -2;

  /** Item clicked before the touched one, −1 when there is none. */
  get predecessor(): number {
    return this.#predecessor;
  }

  /** Pins what an event of an item writes to; `predecessor` is the item clicked last, −1 for none. */
  pin(touched: TouchedItem, predecessor: number): void {
    this.#item = touched.item;
    this.#category = touched.category;
    this.#brand = touched.brand;
    this.#predecessor = predecessor;
  }

  release(): void {
    this.#item = this.#predecessor = -1;
    this.#category = this.#brand = -2;
  }

  has(kind: number, key: number): boolean {
    if (kind === NODE.item) return key === this.#item || key === this.#predecessor;
    if (kind === NODE.category) return key === this.#category || key === -1;
    return kind === NODE.brand && key === this.#brand;
  }
}
