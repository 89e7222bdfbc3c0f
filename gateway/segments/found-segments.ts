import type { Bites } from '../../metrics/process/bites.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import type { Item } from '../../model/catalogue/shared-catalogue.js';
import type { ItemAttribute } from '../../model/catalogue/words/word-lists.js';
import {
  findClusters,
  NO_CLUSTERS,
  SAMPLE_ITEMS,
  type ClusterTask,
  type FoundClusters,
  type LongTermPage,
  type RunningTask,
} from '../../shards/api.js';

/** The pause after a search, in parts of how long it took. */
const REST_FACTOR = 20;
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
  /** The same as long as its shoppers want the like, until a restart. */
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
  #clusters: FoundClusters = NO_CLUSTERS;
  #told: readonly FoundSegment[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: RunningTask<FoundClusters> | undefined;
  #isOver = false;

  constructor(context: FoundContext) {
    this.#context = context;
    this.#later(context.everyMs);
  }

  /** Those of the last search, the one of the most shoppers first. */
  list(): readonly FoundSegment[] {
    return this.#told;
  }

  drain(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async stop(): Promise<void> {
    this.drain();
    await this.#running?.end();
  }

  #later(ms: number): void {
    if (this.#isOver || ms === 0) return;
    this.#timer = setTimeout(() => void this.#search(), ms);
    this.#timer.unref();
  }

  async #search(): Promise<void> {
    const { clock, everyMs, log } = this.#context;
    const fromMs = clock.nowMs();
    try {
      const names = new TraitNames();
      const task = await this.#task(names);
      if (this.#isOver) return;
      this.#running = findClusters(task);
      this.#clusters = await this.#running.answer;
      this.#told = this.#clusters.clusters.map((cluster) => told(cluster, this.#clusters.sampled, names));
      const { sampled, silhouette } = this.#clusters;
      const tookMs = Math.round(clock.nowMs() - fromMs);
      log.info({ segments: this.#told.length, sampled, silhouette, tookMs }, 'segments were looked for');
    } catch (error) {
      if (!this.#isOver) log.error({ err: error }, 'segments could not be looked for; those of before stay');
    } finally {
      this.#running = undefined;
      this.#later(Math.max(everyMs, REST_FACTOR * (clock.nowMs() - fromMs)));
    }
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
