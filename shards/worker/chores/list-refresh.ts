import type { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import type { InterestSlabs } from '../../graph/interest/interest-slabs.js';
import { BITE_US } from '../../../metrics/process/bites.js';
import type { Clock } from '../../../metrics/process/clock.js';
import { LastClicks } from '../../ranking/candidates/last-clicks.js';
import { ChangedItems, type ItemsChange, type NearestItems } from '../../ranking/lists/changed-items.js';
import type { LiveSlot, LiveUser } from '../../live/live-user.js';
import type { Shard } from '../../shard/shard.js';

/** Users who get new lists in one bite: how many a click waits for at most. */
const BITE_USERS = 8;
/** Users looked at between two looks at the clock. */
const LOOKED_AT_ONCE = 32;
/** A bite is taken after so long, however many wait for a turn: an item that has gone leaves the lists of an overloaded shard too. */
const WAIT_MAX_US = 20_000;

/** What the lists are made of; the model changes with a swap. */
export interface ServedLists {
  readonly catalogue: CatalogueView;
  readonly model: {
    readonly graph: { readonly slabs: InterestSlabs };
    readonly nearest: NearestItems;
    readonly users: { rowOf(userId: string): number };
  };
}

/**
 * New lists for open users that no event of theirs asks for: those that a change of the catalogue concerns, and all of them
 * when the model has changed. The users are gone through one after the other, in bites between ticks; while anybody waits for
 * a turn, a bite is taken now and then only. What changes during a pass is for the next one, each item once, so that a
 * thousand changes cost no more than a few passes.
 */
export class ListRefresh {
  readonly #shard: Pick<Shard, 'hasWork' | 'openUsers' | 'relist'>;
  readonly #served: ServedLists;
  readonly #clock: Pick<Clock, 'nowUs'>;
  #next: ChangedItems;
  /** Slots whose definition has changed and that have had no new list for it. */
  readonly #redefined = new Set<LiveSlot>();
  readonly #clicks = new LastClicks();
  #bittenUs = 0;
  #pass: { readonly changes: ChangedItems; readonly users: Iterator<LiveUser> } | undefined;

  constructor(
    shard: Pick<Shard, 'hasWork' | 'openUsers' | 'relist'>,
    served: ServedLists,
    clock: Pick<Clock, 'nowUs'>,
  ) {
    this.#shard = shard;
    this.#served = served;
    this.#clock = clock;
    this.#next = new ChangedItems(served.catalogue);
  }

  /** True while lists are still to be looked at. */
  get isRunning(): boolean {
    return this.#pass !== undefined || !this.#next.isEmpty || this.#redefined.size > 0;
  }

  /** See `ChangedItems`. */
  changed(change: ItemsChange): void {
    this.#next.add(change);
  }

  /** New lists of these slots. */
  redefined(slots: readonly LiveSlot[]): void {
    for (const slot of slots) this.#redefined.add(slot);
  }

  /** New lists for everybody. */
  all(): void {
    this.#next.addAll();
  }

  /** Looks at some users. False when all have been looked at. Call between two ticks. */
  step(): boolean {
    const nowUs = this.#clock.nowUs();
    if (this.#shard.hasWork && nowUs < this.#bittenUs + WAIT_MAX_US) return true;
    this.#bittenUs = nowUs;
    const pass = (this.#pass ??= this.#begin());
    const untilUs = nowUs + BITE_US;
    let looked = 0;
    let listed = 0;
    for (let user = pass.users.next(); ; user = pass.users.next()) {
      if (user.done === true) {
        this.#pass = undefined;
        return this.isRunning;
      }
      if (this.#look(user.value, pass.changes) && ++listed === BITE_USERS) return true;
      if (++looked % LOOKED_AT_ONCE === 0 && this.#clock.nowUs() >= untilUs) return true;
    }
  }

  #begin(): { readonly changes: ChangedItems; readonly users: Iterator<LiveUser> } {
    const changes = this.#next;
    this.#next = new ChangedItems(this.#served.catalogue);
    return { changes, users: this.#shard.openUsers()[Symbol.iterator]() };
  }

  /** True when lists of the user are due. A slot without a list gets its first one anyway. */
  #look(user: LiveUser, changes: ChangedItems): boolean {
    let isConcerned = false;
    for (const slot of user.slots.values()) {
      const isRedefined = this.#redefined.delete(slot);
      if (slot.rev === 0 || slot.isDue) continue;
      if (!isRedefined && !this.#isConcerned(user, slot, changes)) continue;
      this.#shard.relist(user, slot);
      isConcerned = true;
    }
    return isConcerned;
  }

  #isConcerned(user: LiveUser, { rules, shown }: LiveSlot, changes: ChangedItems): boolean {
    if (changes.concerns(rules, shown)) return true;
    if (!changes.hasArrivals) return false;
    const { graph, nearest, users } = this.#served.model;
    const row = users.rowOf(user.userId);
    if (row < 0) return false;
    this.#clicks.use(graph.slabs, row);
    return changes.arriveNear(rules, this.#clicks, nearest);
  }
}
