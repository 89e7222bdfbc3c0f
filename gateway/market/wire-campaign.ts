import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { CampaignReport, Lift } from '../../shards/api.js';
import type { Campaign } from './campaigns.js';
import { rounded } from './rounded.js';

/** What a campaign did, as it is told; `null` for a lift that there is too little for. */
export function wireCampaign(
  { name, firstMs, lastMs, items }: Campaign,
  report: CampaignReport,
  catalogue: Pick<Catalogue, 'idOf' | 'title'>,
): object {
  const { before, since, shop, seen, others, against, series } = report;
  return {
    name,
    firstMs,
    lastMs,
    periodsBefore: before,
    periodsSince: since,
    shop: { shoppers: lift(shop.shoppers), buyers: lift(shop.buyers) },
    ...(report.items !== undefined && {
      items: {
        ids: items.map((item) => ({ id: catalogue.idOf(item), title: catalogue.title(item) })),
        shoppers: lift(report.items.shoppers),
        buyers: lift(report.items.buyers),
      },
    }),
    seen,
    others,
    against: lift(against),
    series,
  };
}

function lift(of: Lift | undefined): object | null {
  if (of === undefined) return null;
  const { observed, expected, ratio, low, high, p } = of;
  return {
    observed,
    expected: rounded(expected),
    ratio: rounded(ratio),
    low: rounded(low),
    high: high && rounded(high),
    p: rounded(p),
  };
}
