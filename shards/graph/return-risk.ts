import { meanGapDays, type VisitHistory } from '../../model/intent/return-features.js';
import type { ReturnHead } from '../../model/intent/return-head.js';
import type { UserFacts } from './user-facts.js';

/** How likely it is that a user does not come back, and what speaks for it. */
export interface ReturnRisk {
  /** Days in which they would have to come. */
  readonly days: number;
  /** Probability that they do not, 0..1. */
  readonly risk: number;
  /** Visits so far. */
  readonly visits: number;
  /** Mean days between their latest visits; 0 after one visit. */
  readonly meanGapDays: number;
  /** Epoch ms, to the second, when the last visit began. */
  readonly lastMs: number;
  /** Money of purchases less refunds, in the shop's currency. */
  readonly spend: number;
}

/** Who is looked for. */
export interface AtRiskAsked {
  /** Days in which they would have to come; the model has to know of so many. */
  readonly days: number;
  /** The least probability that they do not, 0..1. */
  readonly least: number;
  /** The user looked at last, by their key; '' begins. */
  readonly after: string;
}

/** A named user, by their key, who is about to be lost. */
export interface UserAtRisk extends ReturnRisk {
  readonly user: string;
}

/** Some of those who are about to be lost. */
export interface AtRiskPage {
  readonly users: readonly UserAtRisk[];
  /** Where the next page goes on; undefined behind the last. */
  readonly after: string | undefined;
}

/** The risk of the user in a row as of `nowMs`; undefined when they never came, or the model does not know of so many days. */
export function readRisk(
  facts: UserFacts,
  row: number,
  nowMs: number,
  { head, days }: { readonly head: ReturnHead; readonly days: number },
): ReturnRisk | undefined {
  const history: VisitHistory = {
    visits: facts.visits[row],
    spend: facts.spend[row],
    latest: facts.visitsOf(row),
  };
  const risk = head.probability(history, nowMs, days);
  if (risk === undefined) return undefined;
  return {
    days,
    risk,
    visits: history.visits,
    meanGapDays: meanGapDays(history.latest),
    lastMs: history.latest[history.latest.length - 1].at * 1_000,
    spend: history.spend,
  };
}

/** The same for the fewest days that the model knows of. */
export function readNearestRisk(
  facts: UserFacts,
  row: number,
  nowMs: number,
  head: ReturnHead | undefined,
): ReturnRisk | undefined {
  return head && readRisk(facts, row, nowMs, { head, days: head.days[0] });
}
