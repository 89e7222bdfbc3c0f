/**
 * When a round passed its stages, `Clock.nowUs` of the shard's thread, which is the gateway's. One for all answers of a round;
 * nobody changes it.
 */
export interface RoundTimes {
  /** It began to take users in. */
  readonly startedUs: number;
  /** The graphs hold the events. */
  readonly graphUs: number;
  /** The model is through. */
  readonly modelUs: number;
  /** How much of what follows was finding and scoring candidates, µs. */
  readonly scoringUs: number;
  /** The answers left. */
  readonly answeredUs: number;
}

/** When a commit was handed to the store, and when it was durable. */
export interface CommitTimes {
  readonly fromUs: number;
  readonly toUs: number;
}
