import { liftOf, type Course, type Lift } from './forecast.js';
import { ARM_COUNTS, SHOP_COUNTS, type ArmCount, type ShopCount } from './shared-campaigns.js';
import { NO_PERIOD, PERIODS, type Count, type MarketColumns } from './shared-market.js';
import { changeInterval, changeP } from './significance.js';

const DAY_MS = 86_400_000;
const WEEK = 7;

/** A campaign that is asked for. */
export interface CampaignQuestion {
  /** See `campaignId`. */
  readonly id: number;
  /** When the first and the latest event with it were. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Indices of the items that it shows; none: only the shop is told of. */
  readonly items: readonly number[];
}

/** Shoppers and buyers, each user once a period. */
export interface Arm {
  readonly shoppers: number;
  readonly buyers: number;
}

/** One period of the shop beside the campaign. */
export interface CampaignPeriod extends Arm {
  readonly fromMs: number;
  /** Of these, after they saw the campaign. */
  readonly seen: Arm;
}

/** What a campaign did. Lifts are absent where there is too little before it. */
export interface CampaignReport {
  /** Whole periods before, and since it began, up to its latest event. */
  readonly before: number;
  readonly since: number;
  /** Of the shop: against its own level before, with its weekdays. */
  readonly shop: Readonly<Record<ShopCount, Lift | undefined>>;
  /** Of the campaign's items: against their part of what all other items had before. */
  readonly items: Readonly<Record<'shoppers' | 'buyers', Lift | undefined>> | undefined;
  /** Buyers among shoppers who saw it, and among those who did not, since it began; `lift.expected` is what the others' part makes. */
  readonly seen: Arm;
  readonly others: Arm;
  readonly against: Lift | undefined;
  readonly series: readonly CampaignPeriod[];
}

/** Which periods are before, and which since. */
interface Span {
  readonly before: readonly number[];
  readonly since: readonly number[];
}

/** Says what a campaign did by the counts that are kept. @param now number of the running period */
export function campaignReport(
  columns: MarketColumns,
  { id, firstMs, lastMs, items }: CampaignQuestion,
  now: number,
  periodMs: number,
): CampaignReport {
  const first = Math.floor(firstMs / periodMs);
  const span = spanOf(columns, first, Math.min(Math.floor(lastMs / periodMs), now - 1));
  const series = seriesOf(columns, columns.campaigns.rowOf(id), now, periodMs);
  const since = series.filter(({ fromMs }) => fromMs >= first * periodMs);
  const seen = sumOf(since.map((period) => period.seen));
  const all = sumOf(since);
  const early = earlyOf(columns, columns.campaigns.rowOf(id), first, now);
  const others = {
    shoppers: Math.max(0, all.shoppers - seen.shoppers - early),
    buyers: Math.max(0, all.buyers - seen.buyers - early),
  };
  return {
    before: span.before.length,
    since: span.since.length,
    shop: {
      shoppers: shopLift(columns, 'shoppers', span, periodMs),
      buyers: shopLift(columns, 'buyers', span, periodMs),
    },
    items:
      items.length === 0
        ? undefined
        : {
            shoppers: itemLift(columns, 'clickers', span, items),
            buyers: itemLift(columns, 'buyers', span, items),
          },
    seen,
    others,
    against: armLift(seen, others),
    series,
  };
}

/** The oldest period that is kept may be one that nobody counted from its beginning. */
function spanOf({ stamp }: MarketColumns, first: number, last: number): Span {
  const kept = Array.from(stamp).filter((period) => period > NO_PERIOD);
  const oldest = kept.length === 0 ? first : Math.min(...kept);
  return { before: range(oldest + 1, first - 1), since: range(Math.max(first, oldest + 1), last) };
}

function shopLift(
  columns: MarketColumns,
  count: ShopCount,
  { before, since }: Span,
  periodMs: number,
): Lift | undefined {
  const countOf = (period: number): number => shopCount(columns, count, period);
  const hasWeek = periodMs === DAY_MS && before.length >= 2 * WEEK;
  const due = (period: number): number => {
    if (!hasWeek) return 1;
    const alike = before.filter((other) => (period - other) % WEEK === 0).map(countOf);
    return alike.reduce((total, number) => total + number, 0) / alike.length;
  };
  const course = (periods: readonly number[]): Course => ({
    counts: periods.map(countOf),
    due: periods.map(due),
  });
  return liftOf(course(before), course(since), hasWeek ? WEEK - 1 : 0);
}

function itemLift(
  columns: MarketColumns,
  count: Count,
  { before, since }: Span,
  items: readonly number[],
): Lift | undefined {
  const own = (period: number): number => {
    const counts = columns.of(count, period);
    return counts === undefined ? 0 : items.reduce((total, item) => total + counts[item], 0);
  };
  const all = (period: number): number => (columns.columnOf(period) < 0 ? 0 : columns.total(count, period));
  const course = (periods: readonly number[]): Course => ({
    counts: periods.map(own),
    due: periods.map((period) => all(period) - own(period)),
  });
  return liftOf(course(before), course(since), 0);
}

/** Given all buyers, by the same test as trends; those who did not see it were not chosen by lot. */
function armLift(seen: Arm, others: Arm): Lift | undefined {
  if (seen.shoppers === 0 || others.shoppers === 0 || others.buyers === 0) return undefined;
  const share = seen.shoppers / (seen.shoppers + others.shoppers);
  const expected = (others.buyers / others.shoppers) * seen.shoppers;
  const { low, high } = changeInterval(seen.buyers, others.buyers, share);
  return {
    observed: seen.buyers,
    expected,
    ratio: seen.buyers / expected,
    low,
    high: Number.isFinite(high) ? high : null,
    p: changeP(seen.buyers, others.buyers, share),
  };
}

function seriesOf(columns: MarketColumns, row: number, now: number, periodMs: number): CampaignPeriod[] {
  return range(now - PERIODS + 1, now)
    .filter((period) => columns.columnOf(period) >= 0)
    .map((period) => ({
      fromMs: period * periodMs,
      shoppers: shopCount(columns, 'shoppers', period),
      buyers: shopCount(columns, 'buyers', period),
      seen: {
        shoppers: armCount(columns, 'seen', row, period),
        buyers: armCount(columns, 'buyers', row, period),
      },
    }));
}

function earlyOf(columns: MarketColumns, row: number, first: number, now: number): number {
  return range(first, now).reduce((total, period) => total + armCount(columns, 'early', row, period), 0);
}

function shopCount(columns: MarketColumns, count: ShopCount, period: number): number {
  const column = columns.columnOf(period);
  return column < 0 ? 0 : columns.campaigns.shopOf(column)[SHOP_COUNTS.indexOf(count)];
}

function armCount(columns: MarketColumns, count: ArmCount, row: number, period: number): number {
  const column = columns.columnOf(period);
  return column < 0 || row < 0 ? 0 : columns.campaigns.armOf(row, column)[ARM_COUNTS.indexOf(count)];
}

function sumOf(arms: readonly Arm[]): Arm {
  return arms.reduce(
    (sum, arm) => ({ shoppers: sum.shoppers + arm.shoppers, buyers: sum.buyers + arm.buyers }),
    {
      shoppers: 0,
      buyers: 0,
    },
  );
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
