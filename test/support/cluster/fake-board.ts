import type { BoardLook, ModelBoard } from '../../../cluster/models/model-board.js';
import {
  firstSaid,
  type ModelOffer,
  type ModelReport,
  type SaidModel,
} from '../../../cluster/models/said-model.js';

/** A board in memory. Its servers may be away, and answers may be lost after they have kept what was said. */
export class FakeBoard implements ModelBoard {
  said: SaidModel;
  revision = 0;
  readonly reports = new Map<string, ModelReport>();
  isAway = false;
  answersLost = 0;

  constructor(first: ModelOffer) {
    this.said = firstSaid(first);
  }

  async look(): Promise<BoardLook> {
    await this.#call();
    return { said: this.said, revision: this.revision };
  }

  async say(said: SaidModel, revision: number): Promise<boolean> {
    await this.#call();
    if (JSON.stringify(said) === JSON.stringify(this.said)) return true;
    if (revision !== this.revision) return false;
    this.said = said;
    this.revision++;
    if (this.answersLost-- > 0) throw new Error('the answer was lost');
    return true;
  }

  async reportOf(node: string): Promise<ModelReport | undefined> {
    await this.#call();
    return this.reports.get(node);
  }

  async report(node: string, report: ModelReport): Promise<void> {
    await this.#call();
    this.reports.set(node, report);
  }

  async #call(): Promise<void> {
    await Promise.resolve();
    if (this.isAway) throw new Error('no server answers');
  }
}
