import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import { COUNTER, GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { NO_BUNDLE } from '../../model/bundle/model-options.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { WordHits } from '../../model/catalogue/search/search-index.js';
import type { EncoderReply, PlacingModel } from '../../model/encoder/encoder-messages.js';
import { EncoderThread } from '../../model/encoder/encoder-thread.js';
import { withoutVectors } from '../../model/vectors/given-vectors.js';
import type { ServedBundle } from '../models/served-bundle.js';
import { ItemFeed } from './item-feed.js';
import { joinHits } from './joined-hits.js';
import { LinkPasses } from './link-passes.js';

/** Search texts whose items are kept. */
export const TERMS_KEPT_MAX = 4_096;
/** How long after a search its text is still looked up: longer, and it is dropped. */
const TERM_WAIT_MS = 10_000;
/** How long the items of a search text count as the nearest ones: new items come. */
const TERM_KEPT_MS = 600_000;
/** Items that a search text is taken to mean, beside those that have its words. */
const TERM_HITS = 24;

/** Folder of the encoder's vectors in a data folder: a cache, which may be removed. */
const CACHE_FOLDER = 'encoder';

/** What meaning is found with. */
export interface MeaningContext {
  readonly config: { readonly encoder: string; readonly encodedMax: number };
  readonly dataDir: string;
  readonly catalogue: Catalogue;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly stats: ThreadStats;
  readonly log: Log;
}

/**
 * What items and search texts mean, in a thread of its own: it encodes the catalogue, first all of it and then what changes, finds the
 * items that a text means, and places for items that nobody clicked. Nobody waits for it: until it has said something, and when it has
 * ended, words alone count.
 */
export class Meaning implements Service {
  readonly #context: MeaningContext;
  readonly #thread: EncoderThread | undefined;
  readonly #feed: ItemFeed;
  readonly #links: LinkPasses;
  readonly #terms: LRUCache<string, Int32Array>;
  readonly #asked = new Set<string>();
  #served: ServedBundle | undefined;
  #number = 0;
  #encoded = 0;
  /** All items have been read once: before that the nearest items may be the nearest of a few. */
  #isComplete = false;
  #fromMs: number;

  constructor(context: MeaningContext) {
    const { catalogue, clock, config, dataDir } = context;
    this.#context = context;
    this.#fromMs = clock.nowMs();
    this.#terms = new LRUCache({
      max: TERMS_KEPT_MAX,
      ttl: TERM_KEPT_MS,
      perf: { now: () => clock.nowMs() },
    });
    this.#feed = new ItemFeed(catalogue, (items) => this.#thread?.give(items));
    this.#links = new LinkPasses(catalogue, (items) => this.#thread?.link(items));
    if (config.encoder === NO_BUNDLE) return;
    const cachePath = join(dataDir, CACHE_FOLDER, 'vectors.cache');
    this.#thread = new EncoderThread(
      { folder: config.encoder, cachePath, cachedMax: config.encodedMax },
      {
        ready: (reply) => this.#ready(reply),
        taken: (reply) => this.#taken(reply),
        placing: (model) => this.#placing(model),
        linked: (reply) => this.#links.linked(reply),
        failed: (error) => this.#failed(error),
      },
    );
    this.#feed.add(catalogue.indices());
    catalogue.onChange((_changed, { content }) => this.#feed.add(content));
  }

  /** From now on places are found in the space of this model. */
  serve(served: ServedBundle): void {
    this.#served = served;
    this.#number++;
    const { placed, idf, blend } = served;
    const model =
      placed === undefined
        ? null
        : { shared: placed.shared, idf, ...(blend && { blend }), references: this.#references(placed) };
    this.#thread?.use(this.#number, model);
  }

  /**
   * The items that a normalised search text means, `undefined` until the encoder has been asked for it: it is now, unless too many
   * others are. The cache's, not to be changed.
   */
  termHits(term: string): Int32Array | undefined {
    const known = this.#terms.get(term);
    if (known === undefined && !this.#asked.has(term)) void this.#learn(term);
    return known;
  }

  /** Items of a search text, those that have its words and those it means together. The caller's. */
  withMeaning(term: string, words: WordHits, count: number): Int32Array {
    return joinHits(words, this.termHits(term), count);
  }

  /** The items nearest to a text by meaning; undefined when that is not known in time. */
  async nearest(text: string, count: number, waitMs: number): Promise<Int32Array | undefined> {
    const hits = this.#isComplete ? await this.#thread?.ask(text, count, waitMs) : undefined;
    const { stats } = this.#context;
    if (this.#isComplete)
      stats.count(hits === undefined ? COUNTER.encoderAsks.late : COUNTER.encoderAsks.answered);
    return hits?.items;
  }

  /** The one item nearest to a text, and the cosine of the two; null: nothing means the like, undefined: not known in time. */
  async alike(text: string, waitMs: number): Promise<{ item: number; likeness: number } | null | undefined> {
    const hits = this.#isComplete ? await this.#thread?.ask(text, 1, waitMs) : undefined;
    if (hits === undefined) return undefined;
    return hits.items.length === 0 ? null : { item: hits.items[0], likeness: hits.cosines[0] };
  }

  async stop(): Promise<void> {
    this.#isComplete = false;
    this.#links.stop();
    await this.#thread?.stop();
  }

  async #learn(term: string): Promise<void> {
    if (this.#thread === undefined || !this.#isComplete) return;
    this.#asked.add(term);
    const items = await this.nearest(term, TERM_HITS, TERM_WAIT_MS);
    this.#asked.delete(term);
    if (items !== undefined) this.#terms.set(term, items);
  }

  #references({ references }: Required<ServedBundle>['placed'] & object): PlacingModel['references'] {
    const { catalogue } = this.#context;
    return references.flatMap(({ item: index, clicks }) => {
      const item = catalogue.item(index);
      return item === undefined ? [] : [{ index, item: withoutVectors(item), clicks }];
    });
  }

  #ready({ name, cached, cacheProblem }: Extract<EncoderReply, { op: 'ready' }>): void {
    const { log } = this.#context;
    log.info({ encoder: name, cached, left: this.#feed.left }, 'the encoder reads the catalogue');
    if (cacheProblem !== undefined)
      log.warn({ cacheProblem }, 'vectors of the encoder cannot be kept: every start makes them again');
  }

  #taken({ encoded, model, places, share }: Extract<EncoderReply, { op: 'taken' }>): void {
    const { clock, log, stats } = this.#context;
    this.#feed.taken();
    this.#encoded += encoded;
    stats.count(COUNTER.encodedTexts, encoded);
    stats.gauge(GAUGE.encoderItemsLeft, this.#feed.left);
    if (model === this.#number)
      for (const { index, place } of places)
        if (!this.#feed.hasChanged(index)) this.#served?.placed?.refineItem(index, place, share);
    if (this.#feed.left > 0) return;
    this.#isComplete = true;
    this.#links.begin();
    if (this.#encoded === 0) return;
    log.info(
      { encoded: this.#encoded, tookMs: Math.round(clock.nowMs() - this.#fromMs) },
      'the encoder has read all items',
    );
    this.#encoded = 0;
    this.#fromMs = clock.nowMs();
  }

  /** Items that stand where their content placed them are looked at once more. */
  #placing(model: number): void {
    const placed = this.#served?.placed;
    if (model === this.#number && placed !== undefined) this.#feed.add(placed.placedByContent());
  }

  #failed(error: Error): void {
    this.#context.log.error(
      { err: error },
      'the encoder has ended: searches and new items go by words alone until a restart',
    );
    this.#context.stats.gauge(GAUGE.encoderItemsLeft, 0);
  }
}
