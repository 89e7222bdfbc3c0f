import { itemCounts, type Dataset, type SessionRange } from '../../../model/train/data/dataset.js';

/** Which purchases of new items are asked about: the `first` ever of an item, or the first of each `user`. */
export type ColdGroup = 'first' | 'user';

/**
 * The clicks of a test range that are a user's first purchase of an item that the history does not know. What is asked is
 * the list after the click before, so the first click of a session is no question.
 */
export class ColdQuestions {
  /** Uint8 [items]: 1 for an item that the history does not hold and the test does. */
  readonly isNew: Uint8Array;
  readonly #isFirst: Uint8Array;
  readonly #isUsersFirst: Uint8Array;

  constructor(dataset: Dataset, history: SessionRange, test: SessionRange) {
    const before = itemCounts(dataset, history);
    const after = itemCounts(dataset, test);
    this.isNew = Uint8Array.from(before, (count, item) => (count === 0 && after[item] > 0 ? 1 : 0));
    this.#isFirst = new Uint8Array(dataset.item.length);
    this.#isUsersFirst = new Uint8Array(dataset.item.length);
    this.#mark(dataset, test);
  }

  /** True when click `click` of the data is in the group. */
  asks(group: ColdGroup, click: number): boolean {
    return (group === 'first' ? this.#isFirst : this.#isUsersFirst)[click] === 1;
  }

  count(group: ColdGroup): number {
    return (group === 'first' ? this.#isFirst : this.#isUsersFirst).reduce((sum, one) => sum + one, 0);
  }

  #mark({ item, start, user }: Dataset, test: SessionRange): void {
    const sold = new Set<number>();
    const soldTo = new Set<string>();
    for (let session = test.from; session < test.to; session++) {
      const buyer = user[session] < 0 ? `session ${session}` : user[session];
      for (let click = start[session]; click < start[session + 1]; click++) {
        if (this.isNew[item[click]] === 0) continue;
        const pair = `${buyer} ${item[click]}`;
        const hasPrefix = click > start[session];
        if (hasPrefix && !sold.has(item[click])) this.#isFirst[click] = 1;
        if (hasPrefix && !soldTo.has(pair)) this.#isUsersFirst[click] = 1;
        sold.add(item[click]);
        soldTo.add(pair);
      }
    }
  }
}
