import { catalogueIds } from '../target/gateway-http.js';

/** A call of the HTTP interface that can be loaded. */
export type LoadedCall = 'recommend' | 'rank' | 'events';

/** What the bodies of a run are made of. */
export interface BodyPlan {
  readonly call: LoadedCall;
  /** Shoppers, each with a body of their own. */
  readonly shoppers: number;
  /** Part of the shoppers' names. */
  readonly seed: number;
  /** Length of the lists asked for. */
  readonly k: number;
}

/**
 * The bodies of one run. A shopper's `recommend` or `rank` is always the same text; each of their events is a new one, with an
 * `id` that no run had before.
 */
export class CallBodies {
  readonly #plan: BodyPlan;
  readonly #items: readonly string[];
  readonly #runName: string;
  readonly #kept: readonly string[];
  #events = 0;

  /**
   * @param items ids that are in the catalogue, not empty: what is ranked or looked at.
   * @param runName differs from run to run; part of the events' ids.
   */
  constructor(plan: BodyPlan, items: readonly string[], runName: string) {
    this.#plan = plan;
    this.#items = items;
    this.#runName = runName;
    this.#kept = this.isFresh ? [] : Array.from({ length: plan.shoppers }, (_, i) => this.#question(i));
  }

  /** True when every call has a body of its own. */
  get isFresh(): boolean {
    return this.#plan.call === 'events';
  }

  /** The body of the next call of a shopper, counted from 0 round and round. */
  of(shopper: number): string {
    const one = shopper % this.#plan.shoppers;
    return this.isFresh ? this.#event(one) : this.#kept[one];
  }

  #question(shopper: number): string {
    const { call, k } = this.#plan;
    const asked = { user: this.#userOf(shopper), slot: 'home', k };
    return JSON.stringify(call === 'rank' ? { ...asked, candidates: this.#items } : asked);
  }

  #event(shopper: number): string {
    const at = this.#events++;
    const item = this.#items[at % this.#items.length];
    return JSON.stringify({
      user: this.#userOf(shopper),
      id: `${this.#runName}-${at}`,
      e: 'view_item',
      item,
    });
  }

  #userOf(shopper: number): string {
    return `load-http-${this.#plan.seed}-${shopper}`;
  }
}

/** Up to `count` ids of the gateway's catalogue. Rejects when it has none. */
export async function sampleItems(baseUrl: string, count: number): Promise<readonly string[]> {
  const ids = await catalogueIds(baseUrl, count);
  if (ids.length > 0) return ids;
  throw new Error(`the catalogue of ${baseUrl} is empty: give the gateway items with PUT /v1/items first`);
}
