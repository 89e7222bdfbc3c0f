import { SLOT_NAMES_MAX, slotNames } from '../../metrics/slot-names.js';
import { COUNTER, HISTOGRAM } from '../../metrics/table.js';
import { SLOT_PLACES } from '../../metrics/rows/click-metrics.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { isClickKind } from '../../model/scorer/event-kinds.js';
import type { ShardEvent } from '../wire/shard-event.js';
import type { LiveUser } from './live-user.js';

/**
 * Counts for each click whether its item stood in a list that the shopper had been sent last, and where: how good the lists are,
 * online. A click is an event of one item that is a click whatever it says; one on the item clicked just before counts once, for a page
 * tells both the click and the view. Looks through the lists of the user's slots, each as long as its `k`.
 */
export class ClickPlaces {
  readonly #stats: ThreadStats;
  /** Histograms of the slots that are counted by themselves. */
  readonly #histograms = new Map<string, number>();

  /** @param slots names, comma separated; those beyond the places there are count as `other`. */
  constructor(stats: ThreadStats, slots = '') {
    this.#stats = stats;
    slotNames(slots)
      .slice(0, SLOT_NAMES_MAX)
      .forEach((name, i) => this.#histograms.set(name, HISTOGRAM.clickedPosition[SLOT_PLACES[i]]));
  }

  /** Call it before the event changes a list. */
  clicked(user: LiveUser, { kind, items }: Pick<ShardEvent, 'kind' | 'items'>): void {
    if (items.length !== 1 || !isClickKind(kind) || items[0] === user.placedItem) return;
    user.placedItem = items[0];
    this.#stats.count(COUNTER.clicks[this.#sourceOf(user, items[0])]);
  }

  #sourceOf(user: LiveUser, item: number): keyof typeof COUNTER.clicks {
    let isListed = false;
    let hasLists = false;
    for (const slot of user.slots.values()) {
      if (slot.shown.length === 0) continue;
      hasLists = true;
      const at = slot.shown.indexOf(item);
      if (at < 0) continue;
      isListed = true;
      const histogram = this.#histograms.get(slot.name) ?? HISTOGRAM.clickedPosition.other;
      this.#stats.observe(histogram, at + 1);
    }
    if (isListed) return 'list';
    return hasLists ? 'elsewhere' : 'no_list';
  }
}
