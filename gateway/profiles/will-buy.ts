import type { PurchaseHead } from '../../model/intent/purchase-head.js';
import { roundScore } from '../calls/wire-reason.js';
import type { UserGraph } from '../../shards/api.js';

/** Says of a graph whether its running session buys. */
export class WillBuy {
  readonly #head: () => PurchaseHead | undefined;
  readonly #categoryOf: (item: number) => string | undefined;

  /** `head` is that of the model that serves; `categoryOf` an item's index. */
  constructor(head: () => PurchaseHead | undefined, categoryOf: (item: number) => string | undefined) {
    this.#head = head;
    this.#categoryOf = categoryOf;
  }

  /** 0..1; undefined without a running session, or when the model does not know. */
  probability({ session }: Pick<UserGraph, 'session'>): number | undefined {
    const last = session.at(-1);
    if (last === undefined) return undefined;
    const clicks = { items: session.map(({ item }) => item), kinds: session.map(({ kind }) => kind) };
    const said = this.#head()?.probability(clicks, this.#categoryOf(last.item));
    return said === undefined ? undefined : roundScore(said);
  }
}
