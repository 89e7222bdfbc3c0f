import { ItemCounts, PopularityOrder } from './popular-items.js';
import type { RecordedEvent } from './recorded.js';

/** The lists that need no model, each of k items, from the events so far. */
export const BASELINES = ['session + global', 'user + global', 'global', 'item to item'] as const;
export type BaselineName = (typeof BASELINES)[number];

const NOTHING = new ItemCounts();

/**
 * Baselines over a stream of events: `hits` for the event to come, then `observe` it.
 * "session": the items of its session by count, the latest first among equals; "user": those of all their sessions; "item to
 * item": what came right before or after the session's last item, in any session, likewise (a first-order Markov chain, both
 * ways). All are filled up with the globally most popular other items to k.
 */
export class Baselines {
  readonly #k: number;
  readonly #global = new PopularityOrder();
  readonly #sessions = new Map<string, ItemCounts>();
  readonly #users = new Map<string, ItemCounts>();
  readonly #neighbours = new Map<string, ItemCounts>();
  readonly #lastItems = new Map<string, string>();

  constructor(k: number) {
    this.#k = k;
  }

  /** Which baselines have the event's item in their list. */
  hits(event: RecordedEvent): Record<BaselineName, boolean> {
    return {
      'session + global': this.#isListed(event.item, this.#sessions.get(event.session) ?? NOTHING),
      'user + global': this.#isListed(event.item, this.#users.get(event.user) ?? NOTHING),
      global: this.#isListed(event.item, NOTHING),
      'item to item': this.#isListed(
        event.item,
        this.#neighbours.get(this.#lastItems.get(event.session) ?? '') ?? NOTHING,
      ),
    };
  }

  observe(event: RecordedEvent): void {
    this.#global.add(event.item);
    countsOf(this.#sessions, event.session).add(event.item);
    countsOf(this.#users, event.user).add(event.item);
    const last = this.#lastItems.get(event.session);
    this.#lastItems.set(event.session, event.item);
    if (last === undefined) return;
    countsOf(this.#neighbours, last).add(event.item);
    countsOf(this.#neighbours, event.item).add(last);
  }

  #isListed(item: string, own: ItemCounts): boolean {
    if (own.has(item)) return own.rank(item) < this.#k;
    let room = this.#k - own.size;
    for (let rank = 0; rank < this.#global.size && room > 0; rank++) {
      const popular = this.#global.at(rank);
      if (popular === item) return true;
      if (!own.has(popular)) room--;
    }
    return false;
  }
}

function countsOf(map: Map<string, ItemCounts>, key: string): ItemCounts {
  let counts = map.get(key);
  if (counts === undefined) map.set(key, (counts = new ItemCounts()));
  return counts;
}
