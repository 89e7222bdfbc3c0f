import { RUNGS, type Rung } from './shed-ladder.js';

/**
 * What a shard leaves out just now, where the work of a click reads it, and what was left out. Written by `OverloadWatch` between two
 * ticks; stays at the first rung where nobody watches, as in evaluation and replay. One per shard.
 */
export class Shedding {
  rung: Rung = RUNGS[0];
  /** Candidates that were not scored because of the rung, since they were counted last. */
  candidatesCut = 0;
  /** Lists that a newer one replaced before they were made, since they were counted last. */
  listsCoalesced = 0;
}
