import type { Bites } from '../../metrics/process/bites.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import type { Item } from '../../model/catalogue/shared-catalogue.js';
import type { ItemAttribute } from '../../model/catalogue/words/word-lists.js';
import {
  findClusters,
  RepeatedTask,
  SAMPLE_ITEMS,
  type ClusterTask,
  type FoundClusters,
  type LongTermPage,
  type RunningTask,
} from '../../shards/api.js';
import type { FoundSegment, FoundStore } from './found-store.js';

/** Traits that a name is made of. */
const NAME_TRAITS = 2;

/** What sets shoppers apart: a category, a brand or another attribute of their items. */
type Trait = Omit<FoundSegment['traits'][number], 'share' | 'lift'>;

export interface FoundContext {
  /** Pause before the first search, and between two, ms; 0: none is made. */
  readonly everyMs: number;
  readonly store: FoundStore;
  readonly pages: () => AsyncIterable<LongTermPage>;
  readonly itemOf: (index: number) => Item | undefined;
  readonly attributesOf: (item: Item) => readonly ItemAttribute[];
  readonly bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

/**
 * Segments nobody named: clusters of shoppers' long-term vectors, looked for again and again, in a thread of low priority; what is read of
 * the shards comes in pages, and what their items are in bites. Nothing waits for it, and no shopper is named in it. Of a
 * cluster one node searches among the shoppers of all.
 */
export class FoundSegments implements Service {
  readonly #context: FoundContext;
  readonly #searches: RepeatedTask<FoundClusters>;
  /** Of the search that is under way. */
  #names = new TraitNames();

  constructor(context: FoundContext) {
    this.#context = context;
    const { everyMs, clock, store } = context;
    this.#searches = new RepeatedTask({
      everyMs,
      clock,
      isDue: () => store.searches,
      begin: () => this.#search(),
      done: (found, tookMs) => this.#take(found, tookMs),
      failed: (error) =>
        context.log.error({ err: error }, 'segments could not be looked for; those of before stay'),
    });
  }

  /** Those of the last search, the one of the most shoppers first; none after a start, and while nobody can be asked. */
  async list(): Promise<readonly FoundSegment[]> {
    const { store, log } = this.#context;
    try {
      return (await store.read()).told;
    } catch (error) {
      log.warn({ err: error }, 'the segments that nobody named could not be read');
      return [];
    }
  }

  drain(): void {
    this.#searches.drain();
  }

  stop(): Promise<void> {
    return this.#searches.stop();
  }

  async #search(): Promise<RunningTask<FoundClusters>> {
    this.#names = new TraitNames();
    return findClusters(await this.#task(this.#names));
  }

  async #take(found: FoundClusters, tookMs: number): Promise<void> {
    const { clusters, sampled, silhouette } = found;
    const told = clusters.map((cluster) => toldOf(cluster, sampled, this.#names));
    await this.#context.store.write({ clusters: found, told });
    this.#context.log.info(
      { segments: clusters.length, sampled, silhouette, tookMs },
      'segments were looked for',
    );
  }

  async #task(names: TraitNames): Promise<ClusterTask> {
    const { pages, bites, store } = this.#context;
    const vectors: Float32Array[] = [];
    const traits: (readonly number[])[] = [];
    let width = 0;
    for await (const page of pages()) {
      // Pages of two models, of which one is about to serve, do not go together.
      if (width !== 0 && page.width !== width) continue;
      width = page.width;
      vectors.push(page.vectors);
      for (let at = 0; at < page.items.length; at += SAMPLE_ITEMS) {
        if (bites.isOver) await bites.rest();
        traits.push(this.#traitsOf(page.items.subarray(at, at + SAMPLE_ITEMS), names));
      }
    }
    return { width, vectors: joined(vectors), traits, before: (await store.read()).clusters };
  }

  #traitsOf(items: Int32Array, names: TraitNames): number[] {
    const { itemOf, attributesOf } = this.#context;
    const own = new Set<number>();
    for (const index of items) {
      const item = index < 0 ? undefined : itemOf(index);
      if (item === undefined) continue;
      if (item.category !== undefined) own.add(names.numberOf({ kind: 'category', value: item.category }));
      if (item.brand !== undefined) own.add(names.numberOf({ kind: 'brand', value: item.brand }));
      for (const { name, value } of attributesOf(item))
        own.add(names.numberOf({ kind: 'attribute', name, value }));
    }
    return [...own];
  }
}

/** Numbers of traits, in the order in which they come up. */
class TraitNames {
  readonly #numbers = new Map<string, number>();
  readonly #traits: Trait[] = [];

  numberOf(trait: Trait): number {
    const key = `${trait.kind}:${trait.name ?? ''}:${trait.value}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#traits.length);
    return this.#traits.push(trait) - 1;
  }

  of(number: number): Trait {
    return this.#traits[number];
  }
}

function toldOf(
  { id, shoppers, traits }: FoundClusters['clusters'][number],
  sampled: number,
  names: TraitNames,
): FoundSegment {
  const named = traits.map(({ trait, share, lift }) => ({
    ...names.of(trait),
    share: rounded(share),
    lift: rounded(lift),
  }));
  const name = named
    .slice(0, NAME_TRAITS)
    .map(({ value }) => value)
    .join(', ');
  return { id, name, shoppers, share: rounded(shoppers / sampled), traits: named };
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
