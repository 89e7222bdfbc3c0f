import { HashedCounts, hashOf, mixed } from '../graph/interactions/daily-influence.js';
import { EMPTYING, MarketColumns, PERIODS, type SharedMarket } from './shared-market.js';
import { Baskets } from './baskets.js';
import { CampaignCounter } from './campaign-counter.js';
import { PairTable } from './pair-table.js';

/** Sets of who clicked what, and who bought what, in the period; 6 MB and 1.5 MB, touched as they fill. */
const CLICKER_SETS = 1 << 18;
const BUYER_SETS = 1 << 16;

/** Events are taken that are a little younger than this. */
const EVENT_AGE_MAX_MS = 31 * 86_400_000;

/** What is counted of an event. */
export interface MarketEvent {
  readonly items: readonly number[];
  readonly tsMs: number;
  readonly isPurchase: boolean;
  /** Places of items that others learn nothing of, for their user has done enough that day. */
  readonly untaught: readonly number[];
  /** `campaignId` of the campaigns that the user has seen, this event's included. Borrowed. */
  readonly campaigns: Uint32Array;
}

/**
 * Counts clicks, shoppers and buyers of each item by period, of the shop and of campaigns, and what is bought together. One per shard, of its own users; what it
 * costs is some additions to shared memory an item.
 *
 * One user counts once an item and period among those who clicked, and those who bought; their clicks as often as they teach others
 * (`DailyInfluence`). A period that begins empties the column of the oldest; what other shards count in that moment is lost, and so is
 * what comes for a period that is not kept, or from before 1970, where a machine without a clock may think that it is.
 */
export class MarketCounter {
  readonly #columns: MarketColumns;
  readonly #periodMs: number;
  /** How many periods an event may be older than the newest one. */
  readonly #ageMax: number;
  readonly #clickers = new HashedCounts(CLICKER_SETS);
  readonly #buyers = new HashedCounts(BUYER_SETS);
  readonly #campaigns: CampaignCounter;
  readonly #baskets: Baskets;

  /** In a cluster there are more partitions than tables of pairs: those of one table are a thread's. */
  constructor(shared: SharedMarket, shard: number) {
    this.#columns = new MarketColumns(shared);
    this.#periodMs = shared.periodMs;
    this.#ageMax = PERIODS + Math.ceil(EVENT_AGE_MAX_MS / shared.periodMs);
    this.#campaigns = new CampaignCounter(this.#columns.campaigns);
    this.#baskets = new Baskets(new PairTable(shared.pairs[shard % shared.pairs.length]));
  }

  /** Counts an event that is a click, once. */
  count(user: string, { items, tsMs, isPurchase, untaught, campaigns }: MarketEvent): void {
    const period = Math.floor(tsMs / this.#periodMs);
    if (period < 0 || !this.#isOpen(period)) return;
    const column = period % PERIODS;
    const who = mixed(hashOf(user), period);
    for (let i = 0; i < items.length; i++) {
      if (untaught.length > 0 && untaught.includes(i)) continue;
      const item = items[i];
      const hash = mixed(who, item);
      this.#columns.add('clicks', column, item);
      if (this.#clickers.take(hash, mixed(item, who), 1)) this.#columns.add('clickers', column, item);
      if (isPurchase && this.#buyers.take(hash, mixed(item, who), 1))
        this.#columns.add('buyers', column, item);
    }
    this.#campaigns.count(who, column, isPurchase, campaigns);
    if (isPurchase) this.#baskets.bought(user, items, tsMs);
  }

  /**
   * True when there is a column for the period; it is made when the period is the newest. A stamp of a period that is later than any event
   * is old was made while the machine's clock was wrong: it would hold its column until that day.
   */
  #isOpen(period: number): boolean {
    const { stamp } = this.#columns;
    const column = period % PERIODS;
    const found = Atomics.load(stamp, column);
    if (found === period) return true;
    if (found === EMPTYING) return false;
    if (found > period && found - period <= this.#ageMax) return false;
    if (Atomics.compareExchange(stamp, column, found, EMPTYING) !== found) return false;
    this.#columns.empty(column);
    Atomics.store(stamp, column, period);
    return true;
  }
}
