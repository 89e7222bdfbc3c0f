import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { loadBundle } from '../../../model/bundle/bundle.js';
import { PlacedBundle } from '../../../model/bundle/placed-bundle.js';
import type { CatalogueStore } from '../../../model/catalogue/catalogue-journal.js';
import { Catalogue } from '../../../model/catalogue/catalogue.js';
import { giveBack } from '../../../model/kernel/shared-memory.js';
import { createSharedVectors } from '../../../model/kernel/shared-vectors.js';
import { shardOptions } from '../../../shards/pool/shard-options.js';
import type { TaggedScorer } from '../../../shards/shard/served-model.js';
import { catalogueFolder } from '../../../shards/store/data-folder.js';
import { openLmdbCatalogueStore } from '../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import type { ShardStore } from '../../../shards/store/store.js';
import { loadScorer, postedModelOf } from '../../../shards/wire/posted-model.js';
import { checkReplay } from '../../../shards/replay/check-replay.js';
import type { Problems } from './problems.js';

const ITEM_MAX = 1_024;
const COLUMN_MAX = 32;
const TUNING = {
  sessionGapMs: shardOptions.sessionGapMs.fallback,
  interestHalfLifeMs: shardOptions.interestHalfLifeMs.fallback,
};

/**
 * Compares the states of every shard with what a replay of its journal from empty gives, by the project's own check. It works on
 * copies: opening a store writes to it.
 */
export class ReplayCheck {
  readonly #scratch: string;
  readonly #store: CatalogueStore;
  readonly #catalogue: Catalogue;
  readonly #models: readonly TaggedScorer[];

  private constructor(
    scratch: string,
    { store, catalogue }: { readonly store: CatalogueStore; readonly catalogue: Catalogue },
    models: readonly TaggedScorer[],
  ) {
    this.#scratch = scratch;
    this.#store = store;
    this.#catalogue = catalogue;
    this.#models = models;
  }

  /**
   * @param dataDir whose catalogue does not change any more
   * @param scratch a folder for copies
   * @param bundles folders of all models that may serve
   * @param itemMax items that the catalogue may have, those removed included
   */
  static async open(
    dataDir: string,
    scratch: string,
    bundles: readonly string[],
    itemMax = ITEM_MAX,
  ): Promise<ReplayCheck> {
    mkdirSync(scratch, { recursive: true });
    const folder = join(scratch, 'catalogue');
    rmSync(folder, { recursive: true, force: true });
    cpSync(catalogueFolder(dataDir), folder, { recursive: true });
    const store = await openLmdbCatalogueStore(folder);
    const catalogue = await Catalogue.create({ itemMax, columnMax: COLUMN_MAX, store });
    const models = await Promise.all(bundles.map((bundle) => modelOf(bundle, catalogue, itemMax)));
    return new ReplayCheck(scratch, { store, catalogue }, models);
  }

  /** Of a data folder that nothing has open. */
  async run(dataDir: string, problems: Problems): Promise<void> {
    for (const name of readdirSync(dataDir).filter((name) => /^shard-\d+$/.test(name)))
      await this.#runShard(join(dataDir, name), name, problems);
  }

  async #runShard(folder: string, name: string, problems: Problems): Promise<void> {
    const copy = join(this.#scratch, name);
    rmSync(copy, { recursive: true, force: true });
    cpSync(folder, copy, { recursive: true });
    const store = await openLmdbStore({ folder: copy });
    try {
      await this.compare(store, name, problems);
    } finally {
      await store.close();
    }
  }

  /** Resolves with the number of users who were compared. */
  async compare(store: ShardStore, name: string, problems: Problems): Promise<number> {
    const model = this.#models.find(({ tag }) => tag === store.statesModel) ?? this.#models[0];
    const { users, unreadable, differences } = await checkReplay(store, {
      catalogue: this.#catalogue.shared,
      model,
      tuning: TUNING,
    });
    if (unreadable > 0) problems.add('other', `${name}: ${unreadable} records of the journal cannot be read`);
    for (const { userId, differences: words } of differences)
      problems.add('state', `${name}, ${JSON.stringify(userId)}: ${words.slice(0, 3).join('; ')}`);
    // The replayed shard is gone, and with it what it had of the memory that holds the vectors.
    giveBack(model.vectors, threadId);
    return users;
  }

  async close(): Promise<void> {
    for (const { scorer } of this.#models) scorer.close();
    await this.#store.close();
  }
}

async function modelOf(folder: string, catalogue: Catalogue, itemMax: number): Promise<TaggedScorer> {
  const bundle = await loadBundle(folder);
  const { width, similar } = bundle.manifest.shape;
  const placed = PlacedBundle.atOnce(bundle, catalogue, createSharedVectors(itemMax, width, similar));
  const posted = postedModelOf(bundle, placed.shared);
  return { tag: posted.tag, scorer: await loadScorer(posted), vectors: posted.vectors };
}
