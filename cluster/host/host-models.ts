import type { Scorer } from '../../model/scorer/scorer.js';
import { giveBack } from '../../model/kernel/shared-memory.js';
import { loadScorer, type PostedModel } from '../../shards/wire/posted-model.js';
import type { ScorerSource } from '../../shards/step/scorer-source.js';

interface LoadedModel {
  readonly posted: PostedModel;
  readonly scorer: Scorer;
}

/**
 * The models of a thread of partitions, each loaded once for all of them: the one that partitions serve with, and one that is to take its
 * place. One that is neither any more stays as long as a partition has it (`sweep`).
 */
export class HostModels implements ScorerSource {
  readonly #loaded = new Map<number, LoadedModel>();
  #current: PostedModel;
  #next: PostedModel | undefined;

  private constructor(current: PostedModel) {
    this.#current = current;
  }

  /** Rejects as `loadScorer`. */
  static async of(current: PostedModel): Promise<HostModels> {
    const models = new HostModels(current);
    await models.load(current);
    return models;
  }

  /** What partitions that are opened from now on serve with, and all of them as soon as they can. */
  get current(): PostedModel {
    return this.#current;
  }

  get next(): PostedModel | undefined {
    return this.#next;
  }

  async load(posted: PostedModel): Promise<Scorer> {
    const before = this.#loaded.get(posted.tag);
    if (before !== undefined) return before.scorer;
    const scorer = await loadScorer(posted);
    const meanwhile = this.#loaded.get(posted.tag);
    if (meanwhile !== undefined) {
      scorer.close();
      return meanwhile.scorer;
    }
    this.#loaded.set(posted.tag, { posted, scorer });
    return scorer;
  }

  /** Others may have it: see `sweep`. */
  close(): void {
    return undefined;
  }

  /** Rejects as `loadScorer`. */
  async prepare(next: PostedModel): Promise<void> {
    await this.load(next);
    this.#next = next;
  }

  /** Takes `model`, which is loaded, in the place of the one before. */
  adopt(model: PostedModel): void {
    this.#current = model;
    this.#next = undefined;
  }

  discard(): void {
    this.#next = undefined;
  }

  /** Closes those that nobody has. `used` are the tags of the models that partitions have. */
  sweep(used: ReadonlySet<number>): void {
    for (const [tag, { scorer }] of this.#loaded) {
      if (used.has(tag) || tag === this.#current.tag || tag === this.#next?.tag) continue;
      this.#loaded.delete(tag);
      scorer.close();
    }
  }

  /** What a run that is over had of the models' memory. */
  giveBack(rooms: number): void {
    for (const { posted } of this.#loaded.values()) giveBack(posted.vectors, rooms);
  }
}
