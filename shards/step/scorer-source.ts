import type { Scorer } from '../../model/scorer/scorer.js';
import { loadScorer, type PostedModel } from '../wire/posted-model.js';

/** Where the shards of a thread get a model's scorer from. */
export interface ScorerSource {
  /** Rejects as `loadScorer`. */
  load(model: PostedModel): Promise<Scorer>;
  /** A shard is through with it. */
  close(scorer: Scorer): void;
}

/** A scorer for each shard, its own. */
export const OWN_SCORERS: ScorerSource = { load: loadScorer, close: (scorer) => scorer.close() };
