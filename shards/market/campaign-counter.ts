import { HashedCounts, mixed } from '../graph/interactions/daily-influence.js';
import type { CampaignColumns } from './shared-campaigns.js';

/** Sets of who was here in the period, and who of them bought: 0.8 MB each, touched as they fill. */
const SETS = 1 << 15;
/** Stands in the place of a campaign for the shop as a whole. */
const SHOP = 0;

/**
 * Counts shoppers and buyers of the shop, and of those who saw a campaign, each user once a period. Whoever bought in a period before they
 * saw a campaign is in neither arm in that period: they would be a buyer of both. One per shard, of its own users.
 */
export class CampaignCounter {
  readonly #columns: CampaignColumns;
  readonly #here = new HashedCounts(SETS);
  readonly #bought = new HashedCounts(SETS);

  constructor(columns: CampaignColumns) {
    this.#columns = columns;
  }

  /**
   * Takes a click.
   * @param who hash of the user and the period
   * @param column of the period
   * @param seen `campaignId` of those that the user has seen by now
   */
  count(who: number, column: number, isPurchase: boolean, seen: Uint32Array): void {
    const columns = this.#columns;
    const hadBought = seen.length > 0 && isIn(this.#bought, who, SHOP);
    if (isFirst(this.#here, who, SHOP)) columns.addShop('shoppers', column);
    if (isPurchase && isFirst(this.#bought, who, SHOP)) columns.addShop('buyers', column);
    for (let i = 0; i < seen.length; i++) {
      const row = columns.rowOf(seen[i]);
      if (row < 0) continue;
      if (isFirst(this.#here, who, seen[i])) {
        columns.addArm(hadBought ? 'early' : 'seen', row, column);
        if (hadBought) isFirst(this.#bought, who, seen[i]);
      }
      if (isPurchase && isFirst(this.#bought, who, seen[i])) columns.addArm('buyers', row, column);
    }
  }
}

/** True once for a user in a period and a campaign. */
function isFirst(set: HashedCounts, who: number, campaign: number): boolean {
  return set.take(mixed(who, campaign), mixed(campaign, who), 1);
}

function isIn(set: HashedCounts, who: number, campaign: number): boolean {
  return set.has(mixed(who, campaign), mixed(campaign, who));
}
