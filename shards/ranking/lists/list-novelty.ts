import { COUNTER } from '../../../metrics/table.js';
import type { ThreadStats } from '../../../metrics/thread-stats.js';
import type { TopItems } from '../../graph/interactions/top-items.js';
import type { OrderedList } from './ordered-list.js';

/** Of so many lists one is looked at, so that the others cost one addition. */
export const LOOK_EVERY = 16;
/** Items that count as those everybody knows. */
export const TOP = 100;

/** Counts how much of the lists is not what sells most anyway: items of one list in `LOOK_EVERY`, the `TOP` most popular and the others. */
export class ListNovelty {
  readonly #popular: Pick<TopItems, 'items' | 'count'>;
  readonly #stats: ThreadStats;
  #lists = 0;

  constructor(popular: Pick<TopItems, 'items' | 'count'>, stats: ThreadStats) {
    this.#popular = popular;
    this.#stats = stats;
  }

  /** Call it with each list that is sent. */
  look({ items, count }: Pick<OrderedList, 'items' | 'count'>): void {
    if (++this.#lists % LOOK_EVERY !== 1) return;
    let top = 0;
    for (let i = 0; i < count; i++) if (this.#isTop(items[i])) top++;
    this.#stats.count(COUNTER.listItems.top, top);
    this.#stats.count(COUNTER.listItems.tail, count - top);
  }

  #isTop(item: number): boolean {
    const { items, count } = this.#popular;
    for (let i = 0; i < count && i < TOP; i++) if (items[i] === item) return true;
    return false;
  }
}
