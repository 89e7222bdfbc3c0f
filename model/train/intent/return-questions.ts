import { LATEST_VISITS, type VisitHistory } from '../../intent/return-features.js';
import type { ShopperVisits } from './shopper-visits.js';

const DAY_MS = 86_400_000;
/** Everybody is asked about once a week. */
const EVERY_MS = 7 * DAY_MS;

/** Somebody who came before a day, and whether they came again in the days after it. */
export interface ReturnQuestion {
  readonly history: VisitHistory;
  /** Epoch ms: the day on which it is asked. */
  readonly atMs: number;
  /** True when nothing came of them in the days that follow. */
  readonly isGone: boolean;
}

/** When it is asked, and how long is waited for who comes back. */
export interface AskedDays {
  /** Epoch ms: the first day on which it may be asked, and the last one. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Days that are waited. */
  readonly days: number;
}

/** What is asked of everybody who came before, once a week, the last day first. */
export function* returnQuestions(
  shoppers: readonly ShopperVisits[],
  { fromMs, toMs, days }: AskedDays,
): Iterable<ReturnQuestion> {
  for (let atMs = toMs; atMs >= fromMs; atMs -= EVERY_MS)
    for (const shopper of shoppers) {
      const count = visitsUntil(shopper, atMs);
      if (count === 0) continue;
      const isGone = visitsUntil(shopper, atMs + days * DAY_MS) === count;
      yield { history: historyOf(shopper, count, atMs), atMs, isGone };
    }
}

/** Number of visits that began at or before a moment. */
function visitsUntil({ visits }: ShopperVisits, atMs: number): number {
  return countUntil(visits, ({ at }) => at * 1_000, atMs);
}

/** What was known of somebody at a moment, after their first `count` visits. */
function historyOf({ visits, spent }: ShopperVisits, count: number, nowMs: number): VisitHistory {
  const payments = countUntil(spent, ({ atMs }) => atMs, nowMs);
  return {
    visits: count,
    spend: payments === 0 ? 0 : spent[payments - 1].money,
    latest: visits.slice(Math.max(0, count - LATEST_VISITS), count),
  };
}

/** How many of those that are in order of time are at or before a moment. */
function countUntil<T>(ordered: readonly T[], timeOf: (one: T) => number, untilMs: number): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(ordered[middle]) <= untilMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
