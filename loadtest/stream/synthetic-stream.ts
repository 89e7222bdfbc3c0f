import type { EventName } from '../../gateway/protocol/messages.js';
import type { ClickStream, StreamClick } from './click-stream.js';
import { drawPowerLaw, meanOf, WeightedDraw, type PowerLaw } from './power-law.js';
import { seededRandom, type RandomSource } from './seeded-random.js';

/** How many clicks a session has: a power law fitted to 202,633 sessions of Diginetica (mean 4.9, most of 2 to 5, the longest 70). */
export const SESSION_CLICKS: PowerLaw = { exponent: 2.5, min: 2, max: 200 };
/** How often an item is clicked: the law of Diginetica's 43,097 items, the most popular one 200 times as often as a rare one. */
const ITEM_CLICKS: PowerLaw = { exponent: 1.9, min: 5, max: 1_000 };

/** What shoppers do, by share: mostly look. */
const CLICK_MIX: readonly (readonly [EventName, number])[] = [
  ['view_item', 0.85],
  ['add_to_cart', 0.1],
  ['purchase', 0.05],
];

/** What a synthetic stream is made of. */
export interface SyntheticPlan {
  /** Ids of the catalogue, not empty. Which of them are popular is drawn. */
  readonly items: readonly string[];
  /** Shoppers at the same time. */
  readonly present: number;
  /** `short`: sessions end, by the power law; `long`: nobody leaves. */
  readonly sessions: 'short' | 'long';
  readonly seed: number;
}

/**
 * Clicks drawn from two power laws, the length of sessions and the popularity of items, as the benchmark ETUDE does (ICDE 2024):
 * what a cache or a candidate search meets is then as uneven as in a shop.
 */
export class SyntheticStream implements ClickStream {
  readonly present: number;
  readonly meanClicks: number;
  readonly #plan: SyntheticPlan;
  readonly #random: RandomSource;
  readonly #items: WeightedDraw;
  readonly #shoppers: Int32Array;
  readonly #left: Float64Array;
  #comers: number;
  readonly #click: StreamClick = { shopper: 0, item: '', e: 'view_item', isLast: false };

  constructor(plan: SyntheticPlan) {
    const { items, present, sessions, seed } = plan;
    this.#plan = plan;
    this.present = this.#comers = present;
    this.meanClicks = sessions === 'long' ? Infinity : meanOf(SESSION_CLICKS);
    const random = (this.#random = seededRandom(seed));
    this.#items = new WeightedDraw(items.map(() => drawPowerLaw(ITEM_CLICKS, random)));
    this.#shoppers = Int32Array.from({ length: present }, (_, i) => i);
    this.#left = Float64Array.from({ length: present }, () => this.#length());
  }

  next(): Readonly<StreamClick> {
    const click = this.#click;
    const at = Math.floor(this.#random() * this.present);
    click.shopper = this.#shoppers[at];
    click.item = this.#plan.items[this.#items.draw(this.#random)];
    click.e = pickEvent(this.#random());
    click.isLast = --this.#left[at] === 0;
    if (click.isLast) {
      this.#shoppers[at] = this.#comers++;
      this.#left[at] = this.#length();
    }
    return click;
  }

  #length(): number {
    return this.#plan.sessions === 'long' ? Infinity : drawPowerLaw(SESSION_CLICKS, this.#random);
  }
}

function pickEvent(share: number): EventName {
  let left = share;
  for (const [name, part] of CLICK_MIX) if ((left -= part) < 0) return name;
  return CLICK_MIX[0][0];
}
