import { SmallMap } from '../../metrics/collections/small-map.js';
import { Fifo } from '../../metrics/process/fifo.js';
import { TimeShare, TimeShares, type ShareRule } from '../../metrics/process/time-share.js';
import { createRules, type SlotRules } from '../ranking/lists/slot-rules.js';
import type { QueuedCall } from './call-queues.js';
import type { EventDigests } from './event-digests.js';
import type { RankRequest, SlotDefinition } from '../wire/slot-lists.js';
import { listUs, LONG_JOB_US, rankUs } from './job-cost.js';

/** One slot of an open user. */
export interface LiveSlot {
  readonly name: string;
  rules: SlotRules;
  /** The list sent last, item indices; empty before the first. */
  shown: Int32Array;
  /** `Clock.nowUs` of the last change of `shown`. */
  changedUs: number;
  rev: number;
  /** True when the slot was defined, and no list of it has been made since. */
  isDue: boolean;
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
  /** What its latest events were. */
  readonly digests: EventDigests;
}

/** What one user may take of their shard's time: a burst, and a quarter of it in the long run; the greedy have that together. */
export const USER_TIME: ShareRule = {
  burstUs: 20_000,
  share: 1 / 4,
  lightUs: 5_000,
  // 50 clicks a second, of about 0.5 ms each, are somebody who looks around quickly, or a test.
  lightShare: 1 / 25,
  greedyShare: 1 / 4,
  debtMaxUs: 60_000,
};

/** Lists of one user in a round, at most; further ones come with their next turn. */
export const SLOTS_A_ROUND = 4;
/** How long the lists of a click may be left to later ones, µs; after that the user's next turn makes them. */
export const OWED_MAX_US = 20_000;
const NO_SLOTS: readonly LiveSlot[] = [];
/** How long the lists of one user may take in a round, as far as the last ones tell; one always is made. */
export const JOB_US = 1_000;

/** A user who has a channel. Their graph may leave memory and come back while the channel stays. */
export class LiveUser {
  readonly channel: number;
  readonly userId: string;
  readonly slots = new SmallMap<string, LiveSlot>();
  readonly sessions = new SmallMap<number, LiveSession>();
  /** The latest search, while it matters. */
  search: LatestSearch | undefined;
  /** Calls that wait for their turn, oldest first. The pool bounds how many; `CallQueues` alone changes it. */
  readonly calls = new Fifo<QueuedCall>();
  /** Events among `calls`. */
  eventsWaiting = 0;
  /** True while the user stands in line for a turn. */
  isInLine = false;
  /** `Clock.nowUs` when they stood in line last. */
  stoodUs = 0;
  /** Since when lists are owed that clicks have left to a later turn, or to an event that waits; Infinity when none are. */
  owedSinceUs = Infinity;
  /** Number of the latest round that has a job for the user; their later calls wait for the next round. */
  round = 0;
  /** Item of the click whose place was counted last; −1 before the first. */
  placedItem = -1;
  /** True once nobody waits for anything of theirs; their events still count. */
  isLeaving = false;
  /** True for a visitor who is somebody's: their events count no more. */
  isGiven = false;
  /** True when some slot may be due. */
  hasDueSlots = false;
  /** True when the last round left the user's lists to an event that waits. */
  owesLists = false;
  #rev = 0;
  readonly #time: TimeShare;
  #listsUs = 0;
  #slotsARound = SLOTS_A_ROUND;

  /** @param shares those of the shard's users; of its own for one who is only replayed. */
  constructor(channel: number, userId: string, shares = new TimeShares(USER_TIME)) {
    this.channel = channel;
    this.userId = userId;
    this.#time = new TimeShare(shares);
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

  /** How long a job of theirs will take, as far as can be told: the answer to a question, or a click with its lists, by their last ones. */
  jobUs(question: RankRequest | undefined): number {
    return question === undefined ? this.#listsUs : rankUs(question);
  }

  /** True when what is next for them takes long: others come before it. */
  get isNextLong(): boolean {
    const next = this.calls.peek();
    return this.jobUs(next?.op === 'rank' ? next.request : undefined) > LONG_JOB_US;
  }

  /** Nobody holds the channel any more: no lists are due, and what was asked is not answered. */
  leave(): void {
    this.isLeaving = true;
    this.slots.clear();
    this.hasDueSlots = false;
    this.owedSinceUs = Infinity;
  }

  /** Notes that a job of theirs that was no question, of so many lists, took `us` until `nowUs`. */
  spend(us: number, nowUs: number, lists = 0): void {
    this.#listsUs = us;
    if (lists > 0)
      this.#slotsARound = Math.max(
        1,
        Math.min(SLOTS_A_ROUND, Math.floor((JOB_US * lists) / Math.max(1, us))),
      );
    this.#time.spend(us, nowUs);
  }

  /** Notes that something else, such as a question, took `us` until `nowUs`. */
  charge(us: number, nowUs: number): void {
    this.#time.spend(us, nowUs);
  }

  /** True for who took more of the shard's time than a little lately: others come before them. */
  isGreedy(nowUs: number): boolean {
    return this.#time.isGreedy(nowUs);
  }

  /** True when they have to sit turns out: whoever asks for much has a share of the shard's time, and others have theirs. */
  sitsOut(nowUs: number): boolean {
    return this.#time.isOver(nowUs);
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
    const slot: LiveSlot = {
      name: definition.name,
      rules,
      shown: new Int32Array(0),
      changedUs: 0,
      rev: 0,
      isDue: false,
    };
    this.slots.set(definition.name, slot);
    this.#guess(definition);
    return slot;
  }

  /** Until their lists tell how long they take, those of the slot that takes longest do. */
  #guess(definition: SlotDefinition): void {
    const us = listUs(definition);
    this.#slotsARound = Math.min(this.#slotsARound, Math.max(1, Math.floor(JOB_US / us)));
    this.#listsUs = Math.max(this.#listsUs, us * Math.min(this.slots.size, this.#slotsARound));
  }

  /** As `define`; a list of the slot is due from now on. */
  demand(definition: SlotDefinition): void {
    this.define(definition).isDue = true;
    this.hasDueSlots = true;
  }

  /** Slots whose list is due, as many as a round takes; `hasDueSlots` says whether there are more. */
  takeDueSlots(): LiveSlot[] {
    this.hasDueSlots = false;
    const due: LiveSlot[] = [];
    for (const slot of this.slots.values()) {
      if (!slot.isDue) continue;
      if (due.length === this.#slotsARound) {
        this.hasDueSlots = true;
        break;
      }
      due.push(slot);
    }
    return due;
  }

  /** The lists of all slots are due: null for all of them, or as many as a round takes. */
  dueAll(): readonly LiveSlot[] | null {
    if (this.slots.size <= this.#slotsARound) return null;
    for (const slot of this.slots.values()) slot.isDue = true;
    return this.takeDueSlots();
  }

  /** As `dueAll`, but the lists are left to a turn of their own, behind the clicks of others: none is made now, unless some are late. */
  postponeAll(nowUs: number): readonly LiveSlot[] | null {
    if (this.slots.size === 0) return null;
    if (!this.mayOwe(nowUs)) return this.dueAll();
    this.owe();
    for (const slot of this.slots.values()) slot.isDue = true;
    this.hasDueSlots = true;
    return NO_SLOTS;
  }

  /** True when the lists of a click may be left to a later turn: none have been for long. */
  mayOwe(nowUs: number): boolean {
    return nowUs - Math.min(this.stoodUs, this.owedSinceUs) < OWED_MAX_US;
  }

  /** The lists that are due now are left to a later turn. */
  owe(): void {
    this.owedSinceUs = Math.min(this.owedSinceUs, this.stoodUs);
  }

  /** The next lists are made as if none had been shown and nothing searched for. */
  forgetShown(): void {
    this.search = undefined;
    for (const slot of this.slots.values()) slot.rev = 0;
  }
}

/** 2025-01-01T00:00:00Z: revisions are ms since then. */
export const REV_EPOCH_MS = 1_735_689_600_000;
