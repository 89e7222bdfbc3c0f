import type { ReturnRisk } from '../graph/return-risk.js';

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
