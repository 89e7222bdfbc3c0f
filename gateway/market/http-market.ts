import type { Catalogue } from '../../model/catalogue/catalogue.js';
import { PERIODS } from '../../shards/api.js';
import { jsonReply, type HttpCall, type HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import type { MarketView } from './market-view.js';
import type { ShopCommunities } from './shop-communities.js';
import { wireCampaign } from './wire-campaign.js';
import { wireMarket } from './wire-market.js';

/** Periods that are told of when a question does not say, and entries of each list. */
const PERIODS_DEFAULT = 7;
const TOP_DEFAULT = 20;
const TOP_MAX = 100;

/** `GET /v1/market`. */
export class HttpMarket {
  readonly #view: Pick<MarketView, 'report' | 'periodMs' | 'isOff' | 'campaigns'>;
  readonly #catalogue: Catalogue;
  readonly #communities: Pick<ShopCommunities, 'nameOf' | 'tree'>;

  constructor(
    view: Pick<MarketView, 'report' | 'periodMs' | 'isOff' | 'campaigns'>,
    catalogue: Catalogue,
    communities: Pick<ShopCommunities, 'nameOf' | 'tree'>,
  ) {
    this.#view = view;
    this.#catalogue = catalogue;
    this.#communities = communities;
  }

  readonly get = async ({ query }: HttpCall): Promise<HttpReply> => {
    if (this.#view.isOff)
      return problemReply('not_found', 'nothing is counted: AFTERCLICK_MARKET_PERIOD_MS is 0');
    const periods = whole(query.get('periods'), PERIODS_DEFAULT, PERIODS / 2);
    const top = whole(query.get('top'), TOP_DEFAULT, TOP_MAX);
    if (periods === undefined || top === undefined)
      return problemReply(
        'invalid_field',
        `periods is a whole number from 1 to ${PERIODS / 2}, top one from 1 to ${TOP_MAX}`,
      );
    const id = query.get('item');
    const item = id === null ? -1 : this.#catalogue.everIndexOf(id);
    if (id !== null && item < 0)
      return problemReply('unknown_item', `item "${id}" was never in the catalogue`);
    const { campaigns } = this.#view;
    const name = query.get('campaign');
    const campaign = name === null ? undefined : campaigns.find(name);
    if (name !== null && campaign === undefined)
      return problemReply('not_found', `no event of the last ${PERIODS} periods named campaign "${name}"`);
    const report = await this.#view.report({ periods, top, item, campaign });
    if (report === undefined)
      return problemReply(
        'overloaded',
        'as many ask for the market as may; ask again in a second',
        {},
        { 'retry-after': '1' },
      );
    const names = { catalogue: this.#catalogue, communities: this.#communities };
    return jsonReply({
      periodMs: this.#view.periodMs,
      periods,
      ...wireMarket(report, names),
      campaigns: campaigns.list().map(({ name: id, firstMs, lastMs }) => ({ name: id, firstMs, lastMs })),
      ...(campaign !== undefined &&
        report.campaign !== undefined && {
          campaign: wireCampaign(campaign, report.campaign, this.#catalogue),
        }),
    });
  };
}

function whole(text: string | null, fallback: number, most: number): number | undefined {
  if (text === null) return fallback;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= most ? number : undefined;
}
