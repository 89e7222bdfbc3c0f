import type { Count, MarketColumns } from './shared-market.js';
import type { ShopperTotals, Tally } from './tally.js';

/** The periods that are counted: `periods` up to `last`, and as many before those. */
export interface PeriodRange {
  readonly last: number;
  readonly periods: number;
}

/**
 * Counts the items of the market's columns, and what they are grouped by, in one pass over each column.
 * @param items each item for itself
 * @param groups by categories and the like
 */
export function countItems(
  columns: MarketColumns,
  { last, periods }: PeriodRange,
  items: Tally,
  groups: readonly Tally[],
): ShopperTotals {
  const totals = { now: 0, before: 0, periods: 0 };
  for (let back = 2 * periods - 1; back >= 0; back--) {
    const counts = columns.of('clickers', last - back);
    if (counts === undefined) continue;
    const isNow = back < periods;
    const ofAll = columns.total('clickers', last - back);
    takePeriod({ counts, ofAll, sum: isNow ? 'clickers' : 'before' }, items, groups);
    totals[isNow ? 'now' : 'before'] += ofAll;
    totals.periods++;
    if (isNow)
      for (const count of ['clicks', 'buyers'] as const) addTo(items[count], columns, count, last - back);
  }
  for (const group of groups) addItems(items, group);
  return totals;
}

/** Shoppers of one period by item, those of all, and what they are added to. */
interface PeriodShoppers {
  readonly counts: Uint32Array;
  readonly ofAll: number;
  readonly sum: 'clickers' | 'before';
}

/** In one pass over the items, of which most have none. */
function takePeriod({ counts, ofAll, sum }: PeriodShoppers, items: Tally, groups: readonly Tally[]): void {
  for (let item = 0; item < counts.length; item++) {
    const count = counts[item];
    if (count === 0) continue;
    items.add(items[sum], item, count, ofAll);
    for (let g = 0; g < groups.length; g++) groups[g].addOf(item, count);
  }
  for (const group of groups) group.closePeriod(group[sum], ofAll);
}

function addTo(sum: Float64Array, columns: MarketColumns, count: Count, period: number): void {
  const counts = columns.of(count, period);
  if (counts !== undefined) for (let item = 0; item < counts.length; item++) sum[item] += counts[item];
}

function addItems(items: Tally, group: Tally): void {
  for (const count of ['clicks', 'buyers'] as const)
    addByCode(items[count], group.codes as Int32Array, group[count]);
}

/** Items beyond the end of `codes` have none: they are new. */
function addByCode(counts: Float64Array, codes: Int32Array, sums: Float64Array): void {
  const end = Math.min(counts.length, codes.length);
  for (let item = 0; item < end; item++)
    if (counts[item] > 0 && codes[item] >= 0) sums[codes[item]] += counts[item];
}
