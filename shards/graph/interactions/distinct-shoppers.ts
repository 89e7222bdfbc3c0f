import { hashOf, mixed } from './daily-influence.js';
import type { InteractionGraph } from './interaction-graph.js';
import { Stamps } from '../../../metrics/stamps.js';

/** Marks that shoppers have, 1 … 32: so few that a mark is shared by a thirtieth of all and names nobody, and a set of them is one word. */
const MARKS = 32;
const SALT = 0x5ca1ab1e;

/** The mark of a user, a visitor included, by the key of the store. */
export function shopperMark(user: string): number {
  return markOf(mixed(hashOf(user), SALT));
}

/** The mark of a session whose shopper nobody knows any more, such as one of a bundle's history: each is taken for somebody else. */
export function strangerMark(session: number): number {
  return markOf(session);
}

function markOf(number: number): number {
  return 1 + (number & (MARKS - 1));
}

/**
 * Whether enough different shoppers did something for it to be shown to others, by the last sessions of items and the marks of who had
 * them. Two shoppers may have one mark, so there are never fewer than are told of, and at times more. One per shard; borrows the graph.
 */
export class DistinctShoppers {
  readonly #graph: InteractionGraph;
  readonly #least: number;
  /** Rows of the sessions in which the item that is looked around was clicked. */
  readonly #around: Stamps;

  /** @param least shoppers that it takes, 1 … 16; 1 asks for nothing */
  constructor(graph: InteractionGraph, least: number) {
    this.#graph = graph;
    this.#least = least;
    this.#around = new Stamps(graph.shared.bounds.sessions);
  }

  /** True when that many have clicked the item. */
  areEnoughOf(item: number): boolean {
    return this.#least <= 1 || this.#areEnough(item, false);
  }

  /** Whom `areEnoughWith` asks for from now on: who clicked `item`. */
  lookAround(item: number): void {
    if (this.#least <= 1) return;
    this.#around.forget();
    const { arrays, shared } = this.#graph;
    const { sessionsPerItem } = shared.bounds;
    const from = item * sessionsPerItem;
    const to = from + Math.min(sessionsPerItem, arrays.itemSessionCount[item]);
    for (let at = from; at < to; at++) {
      const session = arrays.itemSession[at];
      if (this.#graph.isSession(session)) this.#around.mark(this.#graph.rowOfSession(session));
    }
  }

  /** True when that many have clicked `other` in a session with the item that is looked around. */
  areEnoughWith(other: number): boolean {
    return this.#least <= 1 || this.#areEnough(other, true);
  }

  #areEnough(item: number, isAround: boolean): boolean {
    const { arrays, shared } = this.#graph;
    const { sessionsPerItem } = shared.bounds;
    const from = item * sessionsPerItem;
    const to = from + Math.min(sessionsPerItem, arrays.itemSessionCount[item]);
    let marks = 0;
    let found = 0;
    for (let at = from; at < to && found < this.#least; at++) {
      const bit = this.#bitOf(arrays.itemSession[at], isAround);
      if ((marks & bit) !== 0 || bit === 0) continue;
      marks |= bit;
      found++;
    }
    return found >= this.#least;
  }

  /** The mark of a session's shopper as a bit; 0 for a session that is over and forgotten, erased, or not asked for. */
  #bitOf(session: number, isAround: boolean): number {
    if (!this.#graph.isSession(session)) return 0;
    const row = this.#graph.rowOfSession(session);
    if (isAround && !this.#around.has(row)) return 0;
    const mark = this.#graph.arrays.sessionShopper[row];
    return mark === 0 ? 0 : 1 << (mark - 1);
  }
}
