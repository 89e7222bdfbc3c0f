/** Campaigns that are counted at once. */
export const CAMPAIGNS_MAX = 32;

/** What is counted of a campaign in a period: shoppers after they saw it; those who bought then; those who had bought before they saw it. */
export const ARM_COUNTS = ['seen', 'buyers', 'early'] as const;
export type ArmCount = (typeof ARM_COUNTS)[number];
/** What is counted of the whole shop in a period, each user once. */
export const SHOP_COUNTS = ['shoppers', 'buyers'] as const;
export type ShopCount = (typeof SHOP_COUNTS)[number];

/** Who saw which campaign and bought, in shared memory: the gateway says which campaigns there are, all shards add. */
export interface SharedCampaigns {
  /** Uint32 [CAMPAIGNS_MAX]: `campaignId` of each; 0: the row is free. */
  readonly ids: SharedArrayBuffer;
  /** Uint32 [periods, CAMPAIGNS_MAX, 3]: `ARM_COUNTS`. */
  readonly arms: SharedArrayBuffer;
  /** Uint32 [periods, 2]: `SHOP_COUNTS`. */
  readonly shop: SharedArrayBuffer;
}

/** Makes the buffers, empty. */
export function createSharedCampaigns(periods: number): SharedCampaigns {
  return {
    ids: new SharedArrayBuffer(CAMPAIGNS_MAX * 4),
    arms: new SharedArrayBuffer(periods * CAMPAIGNS_MAX * ARM_COUNTS.length * 4),
    shop: new SharedArrayBuffer(periods * SHOP_COUNTS.length * 4),
  };
}

/** Campaigns as one thread sees them: live views. A column is that of a period in `MarketColumns`. */
export class CampaignColumns {
  readonly ids: Uint32Array;
  readonly #arms: Uint32Array;
  readonly #shop: Uint32Array;

  constructor(shared: SharedCampaigns) {
    this.ids = new Uint32Array(shared.ids);
    this.#arms = new Uint32Array(shared.arms);
    this.#shop = new Uint32Array(shared.shop);
  }

  /** Row of a campaign; −1 for one that is not counted. */
  rowOf(id: number): number {
    return this.ids.indexOf(id);
  }

  addShop(count: ShopCount, column: number): void {
    Atomics.add(this.#shop, column * SHOP_COUNTS.length + SHOP_COUNTS.indexOf(count), 1);
  }

  addArm(count: ArmCount, row: number, column: number): void {
    Atomics.add(this.#arms, armAt(row, column) + ARM_COUNTS.indexOf(count), 1);
  }

  /** Counts of the shop in a column, in the order of `SHOP_COUNTS`: a view. */
  shopOf(column: number): Uint32Array {
    return this.#shop.subarray(column * SHOP_COUNTS.length, (column + 1) * SHOP_COUNTS.length);
  }

  /** Counts of a campaign in a column, in the order of `ARM_COUNTS`: a view. */
  armOf(row: number, column: number): Uint32Array {
    return this.#arms.subarray(armAt(row, column), armAt(row, column) + ARM_COUNTS.length);
  }

  /** Shoppers who saw a campaign, in all periods that are kept. Asked for each row when an event names a new one: no view is made of a column. */
  everSeen(row: number): number {
    let seen = 0;
    for (let column = 0; column < this.#columns; column++) seen += this.#arms[armAt(row, column)];
    return seen;
  }

  /** Gives a row to a campaign, which begins with nothing; with 0 the row is free. */
  begin(row: number, id: number): void {
    Atomics.store(this.ids, row, 0);
    for (let column = 0; column < this.#columns; column++)
      this.#arms.fill(0, armAt(row, column), armAt(row + 1, column));
    Atomics.store(this.ids, row, id);
  }

  /** Takes the campaigns of others, and their counts of these columns. */
  take(other: CampaignColumns, columns: readonly number[]): void {
    this.ids.set(other.ids);
    for (const column of columns) {
      this.shopOf(column).set(other.shopOf(column));
      for (let row = 0; row < CAMPAIGNS_MAX; row++) this.armOf(row, column).set(other.armOf(row, column));
    }
  }

  get #columns(): number {
    return this.#shop.length / SHOP_COUNTS.length;
  }

  empty(column: number): void {
    this.shopOf(column).fill(0);
    this.#arms.fill(0, armAt(0, column), armAt(0, column + 1));
  }
}

function armAt(row: number, column: number): number {
  return (column * CAMPAIGNS_MAX + row) * ARM_COUNTS.length;
}
