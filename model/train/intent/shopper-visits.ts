import type { PastVisit } from '../../intent/return-features.js';
import { lastClickMs, type Dataset, type SessionRange } from '../data/dataset.js';

/** A pause of this length ends a visit, as it does in the interest graph. */
const VISIT_GAP_MS = 30 * 60_000;

/** What one shopper did, as far as it is known. */
export interface ShopperVisits {
  /** All visits, one at least, oldest first. */
  readonly visits: readonly PastVisit[];
  /** What they paid less what they got back, never below 0, from each moment on at which it changed; in order of time. */
  readonly spent: readonly Spent[];
}

interface Spent {
  /** Epoch ms. */
  readonly atMs: number;
  readonly money: number;
}

/** A click as visits see it. */
interface Click {
  readonly timeMs: number;
  readonly money: number;
}

/** Clicks of one shopper, and what they got back, as money below 0. */
interface Recorded {
  readonly clicks: Click[];
  readonly refunds: Click[];
}

/** Visits of every known user of a range of sessions, as a shard would have counted them; none where the data has no times. */
export function shopperVisits(dataset: Dataset, range: SessionRange): ShopperVisits[] {
  const { start, timeMs, money, user } = dataset;
  if (timeMs === null) return [];
  const recorded = new Map<number, Recorded>();
  for (let session = range.from; session < range.to; session++) {
    if (user[session] < 0) continue;
    const own = recorded.get(user[session]) ?? { clicks: [], refunds: [] };
    for (let click = start[session]; click < start[session + 1]; click++)
      own.clicks.push({ timeMs: timeMs[click], money: money[click] });
    recorded.set(user[session], own);
  }
  addRefunds(recorded, dataset, range);
  return Array.from(recorded.values(), ({ clicks, refunds }) => ({
    visits: visitsOf(clicks),
    spent: spentOf([...clicks, ...refunds]),
  }));
}

function addRefunds(recorded: ReadonlyMap<number, Recorded>, dataset: Dataset, range: SessionRange): void {
  if (recorded.size === 0) return;
  const untilMs = lastClickMs(dataset, range);
  for (const { user, timeMs, money } of dataset.refunds)
    if (timeMs <= untilMs) recorded.get(user)?.refunds.push({ timeMs, money: -money });
}

function visitsOf(clicks: readonly Click[]): PastVisit[] {
  const visits: { at: number; clicks: number; spend: number }[] = [];
  let lastMs = -Infinity;
  for (const { timeMs, money } of inOrder(clicks)) {
    if (timeMs - lastMs > VISIT_GAP_MS) visits.push({ at: Math.floor(timeMs / 1_000), clicks: 0, spend: 0 });
    const visit = visits[visits.length - 1];
    visit.clicks++;
    visit.spend += money;
    lastMs = timeMs;
  }
  return visits;
}

function spentOf(payments: readonly Click[]): Spent[] {
  let spent = 0;
  return inOrder(payments)
    .filter(({ money }) => money !== 0)
    .map(({ timeMs, money }) => ({ atMs: timeMs, money: (spent = Math.max(0, spent + money)) }));
}

function inOrder(clicks: readonly Click[]): Click[] {
  return clicks.toSorted((a, b) => a.timeMs - b.timeMs);
}
