import type { SharedVectors } from '../../model/kernel/shared-vectors.js';
import type { PurchaseHead } from '../../model/intent/purchase-head.js';
import { faultPoint } from '../../metrics/process/fault-point.js';
import { COUNTER, GAUGE, HISTOGRAM } from '../../metrics/table.js';
import type { Bites } from '../../metrics/process/bites.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import { isDiskFull } from '../../metrics/process/disk-space.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { loadBundleInThread } from '../../model/bundle/bundle-thread.js';
import { readManifest, type Bundle } from '../../model/bundle/bundle.js';
import { NO_BUNDLE } from '../../model/bundle/model-options.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import { bundleFingerprint } from '../../model/bundle/model-tag.js';
import { foreignGoods } from './foreign-goods.js';
import { BundleFolders, type ChosenBundle } from './bundle-folders.js';
import type { BundleShelf, ServedRecord } from './bundle-shelf.js';
import type { Comparison, ModelControl, SwapOutcome, WantedModel } from './model-control.js';
import type { HttpProblemCode } from '../server/problem.js';
import { noBundle, servedBundle, type ServedBundle } from './served-bundle.js';
import {
  SwapInProgressError,
  type ClusterModel,
  type FetchBundle,
  type ModelTaker,
  type ModelSource,
  type PostedModel,
  type ShardPool,
} from '../../shards/api.js';
import { compareModels, worseText } from './compare-models.js';
import { fetchedBundle, fetchedFolder } from './node-bundle.js';

/** What models are read from, placed by, compared on and served with. */
export interface ModelsContext {
  readonly pool: ShardPool;
  readonly catalogue: Catalogue;
  readonly shelf: BundleShelf;
  readonly folders: BundleFolders;
  /** Puts the bundle's items into a catalogue that never had any. */
  readonly seed: (bundle: Bundle) => Promise<void>;
  readonly marginPercent: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Where placing a bundle's vectors rests. */
  readonly bites: Bites;
  readonly stats: ThreadStats;
  readonly clock: Clock;
  readonly log: Log;
}

type Stage = 'loading' | 'comparing' | 'rebuilding states';

/** A swap under way. */
interface SwapUnderWay {
  readonly bundle: string;
  readonly startedAt: string;
  stage: Stage;
  comparison?: Comparison;
}

/**
 * Which model serves, and how another one takes its place: copied to the data folder, checked, compared with the current one
 * on recent sessions, made ready by every shard, then served. A failure at any point leaves the current one serving.
 * One swap at a time; who asks meanwhile is refused.
 */
export class Models implements ModelControl, ModelTaker {
  readonly #context: ModelsContext;
  #current: ServedBundle;
  #record: ServedRecord;
  /** The record that was written last, or is being written. */
  #written: ServedRecord;
  #previousName: string | null;
  #running: SwapUnderWay | undefined;
  /** The model that a swap makes ready. */
  #next: ServedBundle | undefined;
  /** Resolves when no swap that this process was asked for runs. */
  #free: Promise<void> = Promise.resolve();
  #onServe: ((served: ServedBundle) => void) | undefined;

  /** `record` is what the data folder says of `current`. */
  constructor(
    context: ModelsContext,
    current: ServedBundle,
    record: ServedRecord,
    previousName: string | null,
  ) {
    this.#context = context;
    this.#current = current;
    this.#record = this.#written = record;
    this.#previousName = previousName;
    this.#showFallback();
    this.#warnOfGoods();
  }

  /** Labels of `model_info`. */
  get labels(): { readonly model: string; readonly fingerprint: string } {
    return { model: this.#current.model.name, fingerprint: this.#current.fingerprint ?? 'none' };
  }

  /** Item vectors of the model that serves: live views of shared memory. */
  get vectors(): SharedVectors {
    return this.#current.model.vectors;
  }

  get purchaseHead(): PurchaseHead | undefined {
    return this.#current.purchase;
  }

  get returnDays(): readonly number[] {
    return this.#current.returnDays;
  }

  /** Fingerprint of what was in the folder of the `bundle` option when it was last taken or refused. */
  get seen(): string | null {
    return this.#record.seen;
  }

  /** `listener` is told of the model that serves, now and after every swap; there is one. */
  onServe(listener: (served: ServedBundle) => void): void {
    this.#onServe = listener;
    listener(this.#current);
  }

  /** Gives items that have changed their vectors, in the model that serves and in one that is being made ready. */
  placeItems(changed: readonly number[]): void {
    for (const served of [this.#current, this.#next]) served?.placed?.placeItems(changed);
  }

  facts(): Readonly<Record<string, unknown>> {
    const { rebuildBehind } = this.#context.pool;
    return {
      model: this.#current.model.name,
      bundle: this.#current.facts,
      fingerprint: this.#current.fingerprint,
      previous: this.#previousName,
      swap: this.#running === undefined ? null : { ...this.#running, eventsLeft: rebuildBehind },
      statesRebuilding: rebuildBehind > 0,
    };
  }

  async swap(wanted: WantedModel): Promise<SwapOutcome> {
    const { clock, stats, log } = this.#context;
    if (this.#running !== undefined)
      return refused(
        'swap_in_progress',
        `a swap to ${this.#running.bundle} is under way; GET /v1/model shows how far it is`,
      );
    const startedUs = clock.nowUs();
    const startedAt = new Date(clock.nowMs()).toISOString();
    this.#running = { bundle: wanted.bundle, startedAt, stage: 'loading' };
    let freed: () => void = () => undefined;
    this.#free = new Promise((resolve) => (freed = resolve));
    const outcome = await this.#trySwap(wanted, this.#running, startedUs);
    stats.count(COUNTER.modelSwaps[outcome.outcome]);
    if (outcome.outcome === 'swapped') stats.observe(HISTOGRAM.modelSwap, clock.nowUs() - startedUs);
    else if (outcome.outcome !== 'unchanged' || this.#record !== this.#written) await this.#keepRecord();
    // Not before: the next swap makes a copy that this record does not name.
    this.drop();
    freed();
    log.info({ wanted, ...outcome }, 'model swap');
    return outcome;
  }

  /** Notes that what is in the folder of the `bundle` option now has been refused, so that a restart does not take it. */
  async noteSeen(fingerprint: string): Promise<void> {
    this.#record = { ...this.#record, seen: fingerprint };
    // A swap that runs has made a copy that the record does not name yet; it writes the record when it is over.
    if (this.#running !== undefined) return;
    this.#written = this.#record;
    await this.#context.shelf.write(this.#record);
  }

  async prepare(fingerprint: string | null, fetch: FetchBundle): Promise<PostedModel> {
    const { shelf, clock, catalogue } = this.#context;
    await this.#free;
    if (fingerprint === this.#current.fingerprint) return this.#current.model;
    const startedAt = new Date(clock.nowMs()).toISOString();
    this.#running = { bundle: fingerprint ?? NO_BUNDLE, startedAt, stage: 'loading' };
    try {
      const bundle = await fetchedBundle(fingerprint, shelf, fetch);
      this.#next = bundle === undefined ? noBundle(catalogue) : await this.#place(bundle);
      this.#running.stage = 'rebuilding states';
      return this.#next.model;
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  async serve({ previous }: ClusterModel, fetch: FetchBundle): Promise<void> {
    const { shelf, stats, log } = this.#context;
    const next = this.#next;
    if (next === undefined) return;
    // For a way back from this node, too; another one can be asked for it when this fails.
    if (typeof previous === 'string')
      await fetchedFolder(previous, shelf, fetch).catch((error: unknown) =>
        log.warn({ err: error }, 'the bundle that served before could not be had'),
      );
    await this.#served(next, { folder: null, isOption: false, isPrevious: false });
    stats.count(COUNTER.modelSwaps.swapped);
    this.drop();
  }

  drop(): void {
    this.#next = undefined;
    this.#running = undefined;
  }

  async #trySwap(wanted: WantedModel, running: SwapUnderWay, startedUs: number): Promise<SwapOutcome> {
    try {
      const chosen = await this.#context.folders.choose(wanted.bundle, this.#record.previous);
      if ('code' in chosen) return refused(chosen.code, chosen.detail);
      return await this.#take(wanted, chosen, running, startedUs);
    } catch (error) {
      if (error instanceof SwapInProgressError) return refused('swap_in_progress', error.message);
      this.#context.log.warn({ err: error, wanted }, 'a swap failed; the model goes on as it was');
      if (isDiskFull(error))
        return { outcome: 'failed', code: 'disk_full', detail: (error as Error).message };
      const code = error instanceof StartupError ? (error.code as HttpProblemCode) : 'swap_failed';
      return { outcome: 'failed', code, detail: (error as Error).message };
    }
  }

  async #take(
    wanted: WantedModel,
    chosen: ChosenBundle,
    running: SwapUnderWay,
    startedUs: number,
  ): Promise<SwapOutcome> {
    const { pool, clock } = this.#context;
    const next = await this.#load(chosen);
    const tookMs = () => Math.round((clock.nowUs() - startedUs) / 1_000);
    if (next === undefined)
      return { outcome: 'unchanged', model: pool.model, previous: this.#previousName, tookMs: tookMs() };
    this.#next = next;
    running.stage = 'comparing';
    const comparison = await this.#compare(next, chosen);
    running.comparison = comparison;
    if (comparison.verdict === 'worse' && !wanted.force)
      return { ...refused('bundle_worse', worseText(comparison)), comparison };
    running.stage = 'rebuilding states';
    await pool.swapModel(next.model, this.#sourceOf(next));
    faultPoint('swap.beforeRecord');
    await this.#served(next, chosen);
    return {
      outcome: 'swapped',
      model: next.model.name,
      previous: this.#previousName,
      comparison,
      tookMs: tookMs(),
    };
  }

  /** The bundle, made ready to serve; undefined when it serves already. */
  async #load(chosen: ChosenBundle): Promise<ServedBundle | undefined> {
    const { shelf, catalogue, seed } = this.#context;
    if (chosen.folder === null) return this.#current.fingerprint === null ? undefined : noBundle(catalogue);
    const fingerprint = bundleFingerprint(await readManifest(chosen.folder));
    if (fingerprint === this.#current.fingerprint) return undefined;
    const copy = await shelf.keep(chosen.folder);
    const bundle = await loadBundleInThread(copy);
    await seed(bundle);
    return this.#place(bundle);
  }

  /** Items that change meanwhile count. */
  async #place(bundle: Bundle): Promise<ServedBundle> {
    const { bites, catalogue } = this.#context;
    const next = servedBundle(bundle, catalogue, bites);
    this.#next = next;
    await next.placed.place(bundle, bites);
    return next;
  }

  #sourceOf({ fingerprint }: ServedBundle): ModelSource {
    const { shelf } = this.#context;
    const folderOf = (one: string | null): string | null => (one === null ? null : shelf.folderOf(one));
    return { fingerprint, folder: folderOf(fingerprint), replaced: folderOf(this.#current.fingerprint) };
  }

  async #compare(next: ServedBundle, { isPrevious }: ChosenBundle): Promise<Comparison> {
    const { marginPercent } = this.#context;
    if (isPrevious) return { verdict: 'not_compared', marginPercent };
    return compareModels(this.#context, this.#current.model, next.model);
  }

  async #served(next: ServedBundle, chosen: ChosenBundle): Promise<void> {
    const current = this.#current;
    const record = this.#record;
    this.#previousName = current.model.name;
    this.#current = next;
    this.#onServe?.(next);
    this.#showFallback();
    this.#warnOfGoods();
    this.#record = {
      ...record,
      ...(chosen.isOption && { seen: next.fingerprint }),
      serving: next.fingerprint,
      previous: current.fingerprint,
    };
    await this.#keepRecord();
  }

  /** Says what to do when most items are strange to the model. */
  #warnOfGoods(): void {
    const { catalogue, dataDir, log } = this.#context;
    const goods = { model: this.#current.model.name, items: catalogue.size, known: this.#current.known() };
    const text = foreignGoods(goods, dataDir);
    if (text !== undefined) log.warn(goods, text);
  }

  #showFallback(): void {
    const { fingerprint } = this.#current;
    this.#context.stats.gauge(GAUGE.modelFallback, fingerprint === null ? 1 : 0);
  }

  /**
   * Writes down what serves, and removes copies of bundles that were not taken. When the disk refuses, that is logged and
   * nothing more: the model serves, and only a restart would go back to the one before.
   */
  async #keepRecord(): Promise<void> {
    const { shelf, log } = this.#context;
    this.#written = this.#record;
    await shelf
      .write(this.#record)
      .catch((error: unknown) =>
        log.error(
          { err: error, model: this.#current.model.name },
          'which model serves could not be written: a restart serves the one that was written last',
        ),
      );
  }
}

function refused(
  code: HttpProblemCode,
  detail: string,
): Extract<SwapOutcome, { outcome: 'refused' | 'failed' }> {
  return { outcome: 'refused', code, detail };
}
