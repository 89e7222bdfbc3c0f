import { SILENT_SINK } from '../../../shards/wire/silent-sink.js';
import { servedBundle } from '../../../gateway/models/served-bundle.js';
import { UNDIVIDED } from '../../../metrics/process/bites.js';
import { realClock } from '../../../metrics/process/clock.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { loadBundle } from '../../../model/bundle/bundle.js';
import { NEIGHBOURS_TAG } from '../../../model/bundle/model-tag.js';
import { Catalogue } from '../../../model/catalogue/catalogue.js';
import type { CatalogueStore } from '../../../model/catalogue/catalogue-journal.js';
import { createSharedInteractions } from '../../../shards/graph/interactions/interaction-buffers.js';
import { Quarantine } from '../../../shards/quarantine/quarantine.js';
import type { TaggedScorer } from '../../../shards/shard/served-model.js';
import { buildShard, type BuiltShard } from '../../../shards/shard/build-shard.js';
import { catalogueFolder, shardFolder } from '../../../shards/store/data-folder.js';
import { openLmdbCatalogueStore } from '../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import type { ShardStore } from '../../../shards/store/store.js';
import { loadScorer, neighboursModel, type PostedModel } from '../../../shards/wire/posted-model.js';
import { unlockFolder } from '../../../shards/store/vault/unlock-folder.js';
import { recover } from '../../../shards/worker/recovery.js';
import { TUNING } from '../../support/shards/shard-harness.js';
import type { FindingListener } from './cut-findings.js';

/** The variable that names the master key of the recorded gateway; not set where nothing is encrypted. */
export const MASTER_KEY_FILE = 'AFTERCLICK_MASTER_KEY_FILE';

/** As the recorded gateway is started with. */
export const SHARDS = 2;
export const ITEMS_MAX = 128;
export const COLUMNS_MAX = 4;
/** Of journals: small, so that a short day has many. */
export const SEGMENT_BYTES = 8_192;

const INTERACTIONS = { items: ITEMS_MAX, neighbours: 8, sessions: 512, sessionsPerItem: 8, sessionLength: 8 };

/** The stores of a data folder, open. */
export interface OpenFolder {
  readonly catalogue: Catalogue;
  readonly catalogueStore: CatalogueStore;
  readonly stores: readonly ShardStore[];
  close(): Promise<void>;
}

/** The model whose tag the states have: neighbours, or the bundle in `bundleFolder`; undefined when it is neither. The caller closes it. */
export async function modelOf(
  tag: number,
  catalogue: Catalogue,
  bundleFolder: string | undefined,
): Promise<TaggedScorer | undefined> {
  // Vectors of their own: each shard that is built takes a place in them for good.
  if (tag === 0 || tag === NEIGHBOURS_TAG) return taggedScorer(neighboursModel(ITEMS_MAX));
  if (bundleFolder === undefined) return undefined;
  const bundle = await loadBundle(bundleFolder);
  const { model, placed } = servedBundle(bundle, catalogue, UNDIVIDED);
  await placed.place(bundle, UNDIVIDED);
  return model.tag === tag ? taggedScorer(model) : undefined;
}

async function taggedScorer(model: PostedModel): Promise<TaggedScorer> {
  return { tag: model.tag, scorer: await loadScorer(model), vectors: model.vectors };
}

/** Opens all stores of a folder as a start does; damaged rows are found. Rejects when one is refused. */
export async function openFolder(dataDir: string, found: FindingListener): Promise<OpenFolder> {
  const open: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const store of open) await store.close();
  };
  const damaged = ({
    kind,
    names,
    reason,
  }: {
    kind: string;
    names: readonly string[];
    reason: string;
  }): void => found('lost', `a damaged row: ${kind} ${names.join(' ')}: ${reason}`);
  try {
    const catalogueStore = await openLmdbCatalogueStore(catalogueFolder(dataDir), { damaged });
    open.push(catalogueStore);
    await unlockFolder(dataDir, { masterKeyFile: process.env[MASTER_KEY_FILE] ?? '', masterKeyCommand: '' });
    const stores: ShardStore[] = [];
    for (let shard = 0; shard < SHARDS; shard++) {
      stores.push(
        await openLmdbStore({ folder: shardFolder(dataDir, shard), segmentBytes: SEGMENT_BYTES, damaged }),
      );
      open.push(stores[shard]);
    }
    const catalogue = await Catalogue.create({
      itemMax: ITEMS_MAX,
      columnMax: COLUMNS_MAX,
      store: catalogueStore,
      clock: realClock,
    });
    return { catalogue, catalogueStore, stores, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Recovers a shard from its store and writes the states of all its users. */
export async function recoverShard(
  { catalogue, stores }: OpenFolder,
  shard: number,
  { tag, scorer, vectors }: TaggedScorer,
): Promise<void> {
  let failure: unknown;
  const stats = ThreadStats.create();
  const built = buildShard({
    shard,
    shards: SHARDS,
    tuning: { ...TUNING, usersHot: 256 },
    store: stores[shard],
    tag,
    scorer,
    catalogue: catalogue.shared,
    interactions: createSharedInteractions(INTERACTIONS),
    vectors,
    stats,
    clock: realClock,
    sink: SILENT_SINK,
    fail: (error) => (failure ??= error),
    quarantine: new Quarantine(stats, realClock),
  });
  // The recorded pages of the interaction graph are of another size, and are looked at by the cuts that a gateway opens.
  await recover(built, TUNING.sessionGapMs, true);
  await writeStates(built);
  if (failure !== undefined) throw failure as Error;
}

async function writeStates({ shard }: BuiltShard): Promise<void> {
  shard.beginSweep();
  while (shard.sweepStep());
  await shard.commits.idle();
}
