import { createRules, type SlotRules } from '../ranking/lists/slot-rules.js';
import type { SlotDefinition } from '../wire/slot-lists.js';

/** One slot of an open user. */
export interface LiveSlot {
  readonly name: string;
  rules: SlotRules;
  /** The list sent last, item indices; empty before the first. */
  shown: Int32Array;
  changedMs: number;
  rev: number;
}

/** What a user searched for: items that matched, best first, and how much of it is left (1..0). */
export interface LatestSearch {
  readonly hits: Int32Array;
  /** Clicks of the user at the time of the search. */
  readonly order: number;
  strength: number;
}

/** One session of an open user. `applied` runs ahead of `durable` by what is on its way to the disk. */
export interface LiveSession {
  readonly number: number;
  readonly id: string;
  applied: number;
  durable: number;
}

/** A user who has a channel. Their graph may leave memory and come back while the channel stays. */
export class LiveUser {
  readonly channel: number;
  readonly userId: string;
  readonly slots = new Map<string, LiveSlot>();
  readonly sessions = new Map<number, LiveSession>();
  /** The latest search, while it matters. */
  search: LatestSearch | undefined;
  /** Number of the latest round that has a job for the user; their later calls wait for the next round. */
  round = 0;
  /** True while a round is put together and calls of the user wait for the next one; later ones may not overtake them. */
  hasWaiting = false;
  /** Number of the latest round in which an event of the user had to wait. */
  nextEventRound = 0;
  /** True when the round before left the user's lists to a call that waits. */
  owesLists = false;
  #rev = 0;

  constructor(channel: number, userId: string) {
    this.channel = channel;
    this.userId = userId;
  }

  /** Latest revision given out, 0 for none. */
  get rev(): number {
    return this.#rev;
  }

  /** Next revision: a hybrid clock, so that it counts up across restarts without being stored. */
  nextRev(nowMs: number): number {
    this.#rev = Math.max(this.#rev + 1, nowMs - REV_EPOCH_MS);
    return this.#rev;
  }

  /** Notes a search made when `order` clicks had been counted. */
  searched(hits: Int32Array, order: number): void {
    this.search = { hits, order, strength: 1 };
  }

  /** Lets the search fade: by half with each click since, and away below a tenth. */
  fadeSearch(order: number): void {
    if (this.search === undefined) return;
    this.search.strength = 2 ** (this.search.order - order);
    if (this.search.strength < 0.1) this.search = undefined;
  }

  define(definition: SlotDefinition): LiveSlot {
    const known = this.slots.get(definition.name);
    const rules = createRules(definition, true);
    if (known !== undefined) {
      known.rules = rules;
      return known;
    }
    const slot: LiveSlot = { name: definition.name, rules, shown: new Int32Array(0), changedMs: 0, rev: 0 };
    this.slots.set(definition.name, slot);
    return slot;
  }
}

/** 2025-01-01T00:00:00Z: revisions are ms since then. */
export const REV_EPOCH_MS = 1_735_689_600_000;
