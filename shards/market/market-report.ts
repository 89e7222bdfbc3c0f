import { catalogueArrays, type SharedCatalogue } from '../../model/catalogue/shared-catalogue.js';
import { campaignReport, type CampaignQuestion, type CampaignReport } from './campaign-report.js';
import { movements, type Movements } from './movements.js';
import { PairTable, type Pair } from './pair-table.js';
import { countItems } from './count-items.js';
import { MarketColumns, PERIODS, type Count, type SharedMarket } from './shared-market.js';
import { Tally } from './tally.js';

/** Code of an item that is in no group. */
const NONE = -1;

/** What the market is asked for. */
export interface MarketQuestion {
  readonly nowMs: number;
  /** Periods that are told of, and that those before are compared with: 1 to `PERIODS / 2`. */
  readonly periods: number;
  /** Entries of each list, at most. */
  readonly top: number;
  /** Int32 [items]: community of each item, 0 for none. */
  readonly communities: Int32Array;
  /** An item whose own series and pairs are wanted; −1: none. */
  readonly item: number;
  readonly campaign?: CampaignQuestion | undefined;
}

/** Counts of one thing over the periods. */
export interface Counted {
  /** Index of an item, code of a category or brand, id of a community. */
  readonly of: number;
  readonly clicks: number;
  /** Users who clicked, each once an item and period; and who bought. */
  readonly clickers: number;
  readonly buyers: number;
}

/** A kind of things: those with the most shoppers, and those that rise and fall. */
export interface FamilyReport extends Movements {
  readonly top: readonly Counted[];
}

/** Counts of all items in one period. */
export interface PeriodCounts {
  readonly fromMs: number;
  readonly clicks: number;
  readonly clickers: number;
  readonly buyers: number;
}

export interface MarketReport {
  readonly total: Omit<Counted, 'of'>;
  /** All periods that are kept, oldest first; of the item that was asked for, or of all. */
  readonly series: readonly PeriodCounts[];
  readonly items: FamilyReport;
  readonly categories: FamilyReport;
  readonly brands: FamilyReport;
  readonly communities: FamilyReport;
  /** Of the item that was asked for, or of all: those in the most baskets. */
  readonly pairs: readonly Pair[];
  /** Of the campaign that was asked for. */
  readonly campaign: CampaignReport | undefined;
}

/** Says what the market did, from counts that others go on adding to. */
export function marketReport(
  market: SharedMarket,
  catalogue: SharedCatalogue,
  question: MarketQuestion,
): MarketReport {
  const columns = new MarketColumns(market);
  const { category, brand } = catalogueArrays(catalogue);
  const last = Math.floor(question.nowMs / market.periodMs);
  const itemMax = market.itemMax;
  const families = {
    items: new Tally(undefined, itemMax),
    categories: new Tally(category, itemMax),
    brands: new Tally(brand, itemMax),
    communities: new Tally(
      question.communities.map((id) => (id === 0 ? NONE : id)),
      itemMax,
    ),
  };
  const { items, ...groups } = families;
  const totals = countItems(columns, { last, periods: question.periods }, items, Object.values(groups));
  const report = (tally: Tally): FamilyReport => ({
    top: tally.top(question.top),
    ...movements(tally, totals, question.top),
  });
  return {
    total: { clicks: sum(items.clicks), clickers: sum(items.clickers), buyers: sum(items.buyers) },
    series: seriesOf(columns, last, market.periodMs, question.item),
    items: report(items),
    categories: report(families.categories),
    brands: report(families.brands),
    communities: report(families.communities),
    pairs: topPairs(market, question),
    campaign: question.campaign && campaignReport(columns, question.campaign, last, market.periodMs),
  };
}

function seriesOf(columns: MarketColumns, last: number, periodMs: number, item: number): PeriodCounts[] {
  const series: PeriodCounts[] = [];
  for (let period = last - PERIODS + 1; period <= last; period++) {
    if (columns.of('clicks', period) === undefined) continue;
    const of = (count: Count): number =>
      item < 0 ? columns.total(count, period) : (columns.of(count, period)?.[item] ?? 0);
    series.push({
      fromMs: period * periodMs,
      clicks: of('clicks'),
      clickers: of('clickers'),
      buyers: of('buyers'),
    });
  }
  return series;
}

function sum(counts: Float64Array): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i];
  return total;
}

function topPairs({ pairs }: SharedMarket, { item, top }: MarketQuestion): Pair[] {
  const found = new Map<number, Pair>();
  for (const buffer of pairs)
    for (const { a, b, baskets } of new PairTable(buffer).pairs()) {
      if (item >= 0 && a !== item && b !== item) continue;
      const key = a * 2 ** 26 + b;
      found.set(key, { a, b, baskets: baskets + (found.get(key)?.baskets ?? 0) });
    }
  return [...found.values()].sort((x, y) => y.baskets - x.baskets || x.a - y.a || x.b - y.b).slice(0, top);
}
