/** When a shard climbs the ladder and when it comes down; `OverloadController` says how they go together. */
export const SHED_LIMITS = {
  /**
   * Age of the oldest waiting click, µs, above which the next rung is taken, by rung. A tick takes 5 ms at most, so that in
   * normal work nobody waits for longer than two of them. The last rung refuses, which shoppers notice: forty of them who click as fast
   * as answers come wait for half of that. On it nothing is left to take.
   */
  raiseUs: [8_000, 10_000, 12_000, 14_000, 40_000, Infinity],
  /** It has to be above for so long, µs, at every look: a stall of the machine alone, that one tick makes up for, is no overload. */
  raiseAfterUs: 10_000,
  /** The same for the rung that refuses: threads that have just begun are slow for a while. */
  refuseAfterUs: 50_000,
  /**
   * A tick that carried out fewer calls and left nobody waiting says nothing of the load, however late it came: it was the machine
   * that had something else to do, and to do less helps nobody.
   */
  crowdCalls: 8,
  /** A rung is left when the age has been below this share of what led to it for so long, µs: five rungs take a second. */
  calmShare: 0.5,
  lowerAfterUs: 200_000,
  /** A rung that was taken again so soon after it was left, µs, was left too early, and is kept for a while. */
  hastyUs: 3_000_000,
  keptUs: 10_000_000,
  /** It is left before that when there is so much less to do: calls a second, as a share of those that were too much; or time spent in ticks. */
  rateShare: 0.9,
  idleShare: 0.6,
  /** Calls and time are counted over so long, µs. */
  windowUs: 100_000,
  /** Events that may be under way while the shard refuses: as many as take so long, µs; these at least. */
  roomUs: 30_000,
  roomMin: 32,
  /** How much the last tick counts in the time that an event takes. */
  costShare: 0.1,
  /** While anything is shed and clicks wait, housekeeping has one turn in so long, µs, whatever it is. */
  choreRestUs: 20_000,
} as const;
