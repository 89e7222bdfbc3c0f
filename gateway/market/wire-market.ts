import type { Catalogue } from '../../model/catalogue/catalogue.js';
import {
  wilson,
  type Counted,
  type FamilyReport,
  type MarketReport,
  type Movement,
} from '../../shards/api.js';
import { rounded } from './rounded.js';
import type { ShopCommunities } from './shop-communities.js';

/** What the numbers of a report are called. */
export interface MarketNames {
  readonly catalogue: Pick<Catalogue, 'idOf' | 'title' | 'categories' | 'brands'>;
  readonly communities: Pick<ShopCommunities, 'nameOf' | 'tree'>;
}

/** Items that a community is told with: its most clicked. */
const LEADING = 8;

/** How something is called: an id and, where there is one, a name. */
type Named = (of: number) => object;

/** A report as it is told. */
export function wireMarket(report: MarketReport, { catalogue, communities }: MarketNames): object {
  const item: Named = (of) => ({ id: catalogue.idOf(of), title: catalogue.title(of) });
  const community: Named = (id) => ({ id, name: communities.nameOf(id) });
  const leading = new Map(
    communities.tree?.communities.map((found) => [found.id, found.leading.slice(0, LEADING)]),
  );
  const withLeading: Named = (id) => ({ ...community(id), leading: leading.get(id)?.map(item) ?? [] });
  const { flows = [], modularity } = communities.tree ?? {};
  return {
    total: counts(report.total),
    series: report.series.map(({ fromMs, clickers, clicks, buyers }) => ({
      fromMs,
      clicks,
      shoppers: clickers,
      buyers,
    })),
    items: family(report.items, item),
    categories: family(report.categories, (code) => ({ name: catalogue.categories.value(code) })),
    brands: family(report.brands, (code) => ({ name: catalogue.brands.value(code) })),
    communities: { ...family(report.communities, community, withLeading), modularity },
    flows: flows.map(({ from, to, clicks, lift }) => ({
      from: community(from),
      to: community(to),
      clicks: rounded(clicks),
      lift: rounded(lift),
    })),
    boughtTogether: report.pairs.map(({ a, b, baskets }) => ({ items: [item(a), item(b)], baskets })),
  };
}

/** @param shown how those with the most shoppers are called */
function family(
  { top, rising, falling, tested, dispersion }: FamilyReport,
  named: Named,
  shown: Named = named,
): object {
  return {
    top: top.map((counted) => ({ ...shown(counted.of), ...counts(counted) })),
    rising: rising.map((movement) => ({ ...named(movement.of), ...moved(movement) })),
    falling: falling.map((movement) => ({ ...named(movement.of), ...moved(movement) })),
    tested,
    dispersion: rounded(dispersion),
  };
}

function counts({ clicks, clickers, buyers }: Omit<Counted, 'of'>): object {
  const { low, high } = wilson(buyers, clickers);
  const value = clickers === 0 ? 0 : buyers / clickers;
  return {
    clicks,
    shoppers: clickers,
    buyers,
    conversion: { value: rounded(value), low: rounded(low), high: rounded(high) },
  };
}

function moved({ now, before, ratio, low, high, p }: Movement): object {
  return {
    now,
    before,
    ratio: ratio && rounded(ratio),
    low: rounded(low),
    high: high && rounded(high),
    p: rounded(p),
  };
}
