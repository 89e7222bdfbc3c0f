import { CampaignColumns, createSharedCampaigns, type SharedCampaigns } from './shared-campaigns.js';

/** Periods that are kept, the one under way included. */
export const PERIODS = 28;
/** Pairs of items bought together that a shard keeps, in sets of `PAIR_WAYS`; a power of two. */
const PAIRS = 1 << 17;
export const PAIR_WAYS = 8;

/** Values of `stamp` that are no period: a column that nobody has used, and one that is being emptied. */
export const NO_PERIOD = -1;
export const EMPTYING = -2;

/**
 * What the market did, in shared memory: counts of each item by period, which all shards add to, and of each shard the pairs that were
 * bought together. Address space only: columns of periods that never were cost no memory.
 */
export interface SharedMarket {
  readonly itemMax: number;
  readonly periodMs: number;
  /** Int32 [PERIODS]: number of the period in each column, `tsMs / periodMs`, which is in column `number mod PERIODS`. */
  readonly stamp: SharedArrayBuffer;
  /** Uint32 [PERIODS, itemMax]: clicks; users who clicked; users who bought. */
  readonly clicks: SharedArrayBuffer;
  readonly clickers: SharedArrayBuffer;
  readonly buyers: SharedArrayBuffer;
  /** Uint32 [PERIODS, 3]: each of these counts, of all items. */
  readonly totals: SharedArrayBuffer;
  /** Int32 [PAIRS, 3] by shard: 1 + the smaller index, 1 + the larger, baskets with both. */
  readonly pairs: readonly SharedArrayBuffer[];
  readonly campaigns: SharedCampaigns;
}

/** Makes the buffers, empty. */
export function createSharedMarket(itemMax: number, periodMs: number, shards: number): SharedMarket {
  const counts = (): SharedArrayBuffer => new SharedArrayBuffer(PERIODS * itemMax * 4);
  const stamp = new SharedArrayBuffer(PERIODS * 4);
  new Int32Array(stamp).fill(NO_PERIOD);
  return {
    itemMax,
    periodMs,
    stamp,
    clicks: counts(),
    clickers: counts(),
    buyers: counts(),
    totals: new SharedArrayBuffer(PERIODS * 3 * 4),
    pairs: Array.from({ length: shards }, () => new SharedArrayBuffer(PAIRS * 3 * 4)),
    campaigns: createSharedCampaigns(PERIODS),
  };
}

/** What is counted of an item. */
export const COUNTS = ['clicks', 'clickers', 'buyers'] as const;
export type Count = (typeof COUNTS)[number];

/** The columns as one thread sees them: live views. */
export class MarketColumns {
  readonly stamp: Int32Array;
  readonly campaigns: CampaignColumns;
  readonly #counts: Readonly<Record<Count, Uint32Array>>;
  readonly #totals: Uint32Array;
  readonly #itemMax: number;

  constructor(shared: SharedMarket) {
    this.stamp = new Int32Array(shared.stamp);
    this.#itemMax = shared.itemMax;
    this.#totals = new Uint32Array(shared.totals);
    this.campaigns = new CampaignColumns(shared.campaigns);
    this.#counts = {
      clicks: new Uint32Array(shared.clicks),
      clickers: new Uint32Array(shared.clickers),
      buyers: new Uint32Array(shared.buyers),
    };
  }

  /** Column of a period; −1 when it is not kept. */
  columnOf(period: number): number {
    const column = period % PERIODS;
    return period >= 0 && this.stamp[column] === period ? column : -1;
  }

  /** Uint32 [itemMax]: the counts of a period by item; undefined when it is not kept. */
  of(count: Count, period: number): Uint32Array | undefined {
    const column = this.columnOf(period);
    if (column < 0) return undefined;
    return this.#counts[count].subarray(column * this.#itemMax, (column + 1) * this.#itemMax);
  }

  /** Adds one to a count of an item in a column; threads may do so at once. */
  add(count: Count, column: number, item: number): void {
    Atomics.add(this.#counts[count], column * this.#itemMax + item, 1);
    Atomics.add(this.#totals, column * COUNTS.length + COUNTS.indexOf(count), 1);
  }

  /** A count of all items in a period that is kept. */
  total(count: Count, period: number): number {
    return this.#totals[(period % PERIODS) * COUNTS.length + COUNTS.indexOf(count)];
  }

  /** All counts of all items in a period together; 0 when it is not kept. It grows with each of them, after it. */
  sum(period: number): number {
    if (this.columnOf(period) < 0) return 0;
    return COUNTS.reduce((sum, count) => sum + this.total(count, period), 0);
  }

  /** Puts counts of the first items into a period that is kept, in the place of what it had. */
  put(count: Count, period: number, counts: Uint32Array): void {
    this.of(count, period)?.set(counts);
    let total = 0;
    for (let item = 0; item < counts.length; item++) total += counts[item];
    this.#totals[(period % PERIODS) * COUNTS.length + COUNTS.indexOf(count)] = total;
  }

  empty(column: number): void {
    this.campaigns.empty(column);
    this.#totals.fill(0, column * COUNTS.length, (column + 1) * COUNTS.length);
    for (const count of COUNTS)
      this.#counts[count].fill(0, column * this.#itemMax, (column + 1) * this.#itemMax);
  }
}
