import type { PastVisit } from '../../intent/return-features.js';
import type { Dataset, SessionRange } from '../data/dataset.js';

/** A pause of this length ends a visit, as it does in the interest graph. */
const VISIT_GAP_MS = 30 * 60_000;

/** All visits of one shopper, oldest first. */
export type ShopperVisits = readonly PastVisit[];

/** A click as visits see it. */
interface Click {
  readonly timeMs: number;
  readonly money: number;
}

/** Visits of every known user of a range of sessions, as a shard would have counted them; none where the data has no times. */
export function shopperVisits(dataset: Dataset, range: SessionRange): ShopperVisits[] {
  const { start, timeMs, money, user } = dataset;
  if (timeMs === null) return [];
  const clicks = new Map<number, Click[]>();
  for (let session = range.from; session < range.to; session++) {
    if (user[session] < 0) continue;
    const own = clicks.get(user[session]) ?? [];
    for (let click = start[session]; click < start[session + 1]; click++)
      own.push({ timeMs: timeMs[click], money: money[click] });
    clicks.set(user[session], own);
  }
  return Array.from(clicks.values(), visitsOf);
}

function visitsOf(clicks: readonly Click[]): ShopperVisits {
  const visits: { at: number; clicks: number; spend: number }[] = [];
  let lastMs = -Infinity;
  for (const { timeMs, money } of clicks.toSorted((a, b) => a.timeMs - b.timeMs)) {
    if (timeMs - lastMs > VISIT_GAP_MS) visits.push({ at: Math.floor(timeMs / 1_000), clicks: 0, spend: 0 });
    const visit = visits[visits.length - 1];
    visit.clicks++;
    visit.spend += money;
    lastMs = timeMs;
  }
  return visits;
}
