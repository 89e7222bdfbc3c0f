import { join } from 'node:path';
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
import { readClusters, writeClusters } from './clusters-file.js';

/** File in the data folder with the clusters of the last search: a cache, which may be removed. */
const FILE = 'found-segments.json';
/** Traits that a name is made of. */
const NAME_TRAITS = 2;

/** What sets shoppers apart: a category, a brand or another attribute of their items. */
interface Trait {
  readonly kind: 'category' | 'brand' | 'attribute';
  readonly name?: string;
  readonly value: string;
}

/** A segment that nobody named. */
export interface FoundSegment {
  /** The same as long as its shoppers want the like. */
  readonly id: number;
  readonly name: string;
  /** Of the shoppers looked at. */
  readonly shoppers: number;
  readonly share: number;
  readonly traits: readonly (Trait & { readonly share: number; readonly lift: number })[];
}

export interface FoundContext {
  /** Pause before the first search, and between two, ms; 0: none is made. */
  readonly everyMs: number;
  readonly dataDir: string;
  readonly pages: () => AsyncIterable<LongTermPage>;
  readonly itemOf: (index: number) => Item | undefined;
  readonly attributesOf: (item: Item) => readonly ItemAttribute[];
  readonly bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Pick<Log, 'info' | 'error'>;
}

/**
 * Segments nobody named: clusters of shoppers' long-term vectors, looked for again and again, in a thread of low priority; what is read of
 * the shards comes in pages, and what their items are in bites. Nothing waits for it, and no shopper is named in it.
 */
export class FoundSegments implements Service {
  readonly #context: FoundContext;
  readonly #path: string;
  readonly #searches: RepeatedTask<FoundClusters>;
  #clusters: FoundClusters;
  #told: readonly FoundSegment[] = [];
  /** Of the search that is under way. */
  #names = new TraitNames();

  private constructor(context: FoundContext, path: string, kept: FoundClusters) {
    this.#context = context;
    this.#path = path;
    this.#clusters = kept;
    const { everyMs, clock } = context;
    this.#searches = new RepeatedTask({
      everyMs,
      clock,
      begin: () => this.#search(),
      done: (found, tookMs) => this.#take(found, tookMs),
      failed: (error) =>
        context.log.error({ err: error }, 'segments could not be looked for; those of before stay'),
    });
  }

  /** Goes on with the ids that the data folder has. */
  static async open(context: FoundContext): Promise<FoundSegments> {
    const path = join(context.dataDir, FILE);
    return new FoundSegments(context, path, await readClusters(path));
  }

  /** Those of the last search of this process, the one of the most shoppers first. */
  list(): readonly FoundSegment[] {
    return this.#told;
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
    this.#told = clusters.map((cluster) => told(cluster, sampled, this.#names));
    // After a start few shoppers are in memory, and no clusters: those of before keep their ids for when they come back.
    if (clusters.length > 0) {
      this.#clusters = found;
      await writeClusters(this.#path, found);
    }
    this.#context.log.info(
      { segments: clusters.length, sampled, silhouette, tookMs },
      'segments were looked for',
    );
  }

  async #task(names: TraitNames): Promise<ClusterTask> {
    const { pages, bites } = this.#context;
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
    return { width, vectors: joined(vectors), traits, before: this.#clusters };
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

function told(
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
