const DAY_MS = 86_400_000;
/** Visits of somebody that are looked at, the last ones; a gateway keeps as many. */
export const LATEST_VISITS = 12;

/** One visit: clicks without a pause of half an hour. */
export interface PastVisit {
  /** Epoch seconds when it began. */
  readonly at: number;
  readonly clicks: number;
  /** Money of its purchases. */
  readonly spend: number;
}

/** What is known of somebody's visits; clicks and gaps are those of the latest ones. */
export interface VisitHistory {
  /** Visits so far. */
  readonly visits: number;
  /** Money of all purchases so far. */
  readonly spend: number;
  /** The latest ones, oldest first, `LATEST_VISITS` at most; none when they never came. */
  readonly latest: readonly PastVisit[];
}

/** What somebody is judged by, each as `log(1 + x)`; the order of `returnFeatures`. */
export const RETURN_FEATURES = [
  'visits',
  'recencyDays',
  'meanGapDays',
  'fading15',
  'fading45',
  'fading90',
  'clicks',
  'spend',
  'spendPerVisit',
] as const;

/** Half-lives of the counts of visits that fade, days. */
const HALF_LIVES_DAYS = [15, 45, 90] as const;

/** Mean of the days between visits that followed each other; 0 with fewer than two. */
export function meanGapDays(latest: readonly PastVisit[]): number {
  if (latest.length < 2) return 0;
  return daysBetween(latest[0].at * 1_000, latest[latest.length - 1].at * 1_000) / (latest.length - 1);
}

/** Features of somebody who came once at least before `nowMs`, in the order of their names. */
export function returnFeatures({ visits, spend, latest }: VisitHistory, nowMs: number): number[] {
  const sum = (of: (visit: PastVisit) => number): number =>
    latest.reduce((total, visit) => total + of(visit), 0);
  const faded = (halfLifeDays: number): number =>
    sum(({ at }) => 2 ** (-daysBetween(at * 1_000, nowMs) / halfLifeDays));
  return [
    visits,
    daysBetween(latest[latest.length - 1].at * 1_000, nowMs),
    meanGapDays(latest),
    ...HALF_LIVES_DAYS.map(faded),
    sum(({ clicks }) => clicks),
    spend,
    sum((visit) => visit.spend) / latest.length,
  ].map(Math.log1p);
}

/** Days, never below 0: clocks of two machines may disagree. */
function daysBetween(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs) / DAY_MS;
}
