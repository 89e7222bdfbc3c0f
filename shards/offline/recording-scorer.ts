import type { ScoreBatch, Scorer, ScorerShape } from '../../model/scorer.js';

/** A scorer that shows every finished run to an observer before the lists are made of it. */
export class RecordingScorer implements Scorer {
  readonly name: string;
  readonly shape: ScorerShape;
  readonly wantsNeighbours: boolean;
  readonly #scorer: Scorer;
  readonly #observe: (batch: ScoreBatch) => void;

  /** `observe` borrows the batch for the length of the call. */
  constructor(scorer: Scorer, observe: (batch: ScoreBatch) => void) {
    this.name = scorer.name;
    this.shape = scorer.shape;
    this.wantsNeighbours = scorer.wantsNeighbours;
    this.#scorer = scorer;
    this.#observe = observe;
  }

  async run(batch: ScoreBatch): Promise<void> {
    await this.#scorer.run(batch);
    this.#observe(batch);
  }

  close(): Promise<void> {
    return this.#scorer.close();
  }
}
