import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { realClock } from '../metrics/process/clock.js';
import { watchEventLoop } from '../metrics/event-loop.js';
import { countInvariants } from '../metrics/invariant.js';
import type { Log } from '../metrics/process/log.js';
import { createRegistry } from '../metrics/registry.js';
import { StartupError } from '../metrics/process/startup-error.js';
import { ThreadStats } from '../metrics/thread-stats.js';
import type { Bundle } from '../model/bundle/bundle.js';
import type { CatalogueStore } from '../model/catalogue/catalogue-journal.js';
import { Catalogue } from '../model/catalogue/catalogue.js';
import { NO_BUNDLE } from '../model/bundle/model-options.js';
import { indexCatalogue } from '../model/catalogue/search/search-index.js';
import { BundleFolders } from './models/bundle-folders.js';
import { BundleShelf } from './models/bundle-shelf.js';
import { BundleWatch } from './models/bundle-watch.js';
import type { Config } from './start/config.js';
import { claimFolder, type FolderClaim } from './start/folder-claim.js';
import { Gateway } from './gateway.js';
import { Models } from './models/models.js';
import { noBundle, placeBundle, type ServedBundle } from './models/served-bundle.js';
import { SnapshotFolder } from './snapshots/snapshot-folder.js';
import { chooseStartBundle, recordStart } from './models/start-bundle.js';
import { loadUws } from './server/uws.js';
import {
  createShardPool,
  openDataFolder,
  type StartedPool,
  openLmdbCatalogueStore,
  catalogueFolder,
  snapshotsFolder,
} from '../shards/api.js';

/** A service that takes connections. */
export interface Service {
  readonly url: string;
  readonly model: string;
  /**
   * Ends in order: no new connections, `bye` 1001 to those open, a last snapshot, everything written. Resolves when the data
   * folder may be opened by another process.
   */
  stop(): Promise<void>;
}

/** What a service is started with. */
export interface ServiceParts {
  readonly config: Config;
  readonly log: Log;
  /** Called when the service cannot go on; the process is to end then. */
  readonly fatal: (error: Error) => void;
}

/**
 * Starts everything: addon, bundle, data folder, catalogue, shards, sockets, in the order in which a problem costs least.
 * Rejects with `StartupError`; the process is to end then.
 */
export async function startService(parts: ServiceParts): Promise<Service> {
  const { config, log } = parts;
  const uws = loadUws();
  const stats = ThreadStats.create();
  countInvariants(stats);
  const dataDir = resolve(config.dataDir);
  const shelf = new BundleShelf(dataDir);
  const start = await chooseStartBundle(config.bundle, shelf, log);
  const claim = await makeDataFolder(dataDir, config.shards);
  const store = await openLmdbCatalogueStore(catalogueFolder(dataDir));
  const catalogue = await openCatalogue(config, store, start.bundle);
  const served = start.bundle === undefined ? noBundle(catalogue) : placeBundle(start.bundle, catalogue);
  const pool = await startPool(parts, stats, dataDir, catalogue, start.bundle, served);
  const models = new Models(
    {
      pool,
      catalogue,
      shelf,
      folders: new BundleFolders(config.bundle, config.bundlesDir, shelf),
      marginPercent: config.swapMarginPercent,
      stats,
      clock: realClock,
      log,
    },
    served,
    start.record,
    await recordStart(start, shelf),
  );
  // Before the gateway's listener: a shard that is told of an item finds its vector in place.
  catalogue.onChange((changed) => models.placeItems(changed));
  const snapshots = new SnapshotFolder({
    folder: snapshotsFolder(dataDir),
    kept: config.snapshotsKept,
    pool,
    catalogue: store,
    clock: realClock,
  });
  const gateway = await Gateway.start({
    settings: config,
    uws,
    pool,
    catalogue,
    search: indexCatalogue(catalogue),
    metrics: createRegistry(
      () => [{ thread: 'gateway', stats }, ...pool.stats()],
      () => models.labels,
    ),
    stats,
    snapshots,
    models,
    consoleFolder: fileURLToPath(new URL('./console', import.meta.url)),
    clock: realClock,
    log,
  });
  const unwatch = watchEventLoop(stats);
  const timer = snapshotTimer(config, snapshots, log);
  const watch = watchBundle(config, models, log);
  return {
    url: gateway.url,
    model: pool.model,
    stop: async () => {
      clearInterval(timer);
      watch?.stop();
      unwatch();
      gateway.drain();
      await snapshots
        .take()
        .catch((error: unknown) => log.error({ err: error }, 'the snapshot at shutdown failed'));
      await pool.stop();
      gateway.close();
      await store.close();
      claim.release();
    },
  };
}

async function makeDataFolder(dataDir: string, shards: number): Promise<FolderClaim> {
  try {
    const claim = await claimFolder(dataDir);
    await openDataFolder(dataDir, shards, realClock);
    return claim;
  } catch (cause) {
    if (cause instanceof StartupError) throw cause;
    const advice = 'set AFTERCLICK_DATA_DIR to a folder that this user may write to';
    throw new StartupError(
      'data_folder_unusable',
      `cannot make the data folder ${dataDir} (${(cause as Error).message}); ${advice}`,
      { cause },
    );
  }
}

/** An empty catalogue gets the bundle's items; one that has any is left as the shop made it. */
async function openCatalogue(
  config: Config,
  store: CatalogueStore,
  bundle: Bundle | undefined,
): Promise<Catalogue> {
  const catalogue = await Catalogue.create({
    itemMax: config.itemsMax,
    columnMax: config.attributeColumnsMax,
    store,
  });
  if (bundle !== undefined && catalogue.indexCount === 0) await catalogue.seed(bundle.items);
  return catalogue;
}

function startPool(
  { config, log, fatal }: ServiceParts,
  stats: ThreadStats,
  dataDir: string,
  catalogue: Catalogue,
  bundle: Bundle | undefined,
  { model, placed }: ServedBundle,
): Promise<StartedPool> {
  return createShardPool({
    config,
    dataDir,
    catalogue: catalogue.shared,
    model,
    ...(bundle !== undefined &&
      placed !== undefined && { history: { sessions: bundle.history, indexOfRow: placed.indexOfRow } }),
    stats,
    clock: realClock,
    log,
    fatal,
  });
}

function watchBundle(config: Config, models: Models, log: Log): BundleWatch | undefined {
  if (config.watchBundle === 'off' || config.bundle === NO_BUNDLE) return undefined;
  return new BundleWatch(resolve(config.bundle), models, log);
}

function snapshotTimer(config: Config, snapshots: SnapshotFolder, log: Log): NodeJS.Timeout | undefined {
  if (config.snapshotEveryMs === 0) return undefined;
  const take = (): void =>
    void snapshots.take().catch((error: unknown) => log.error({ err: error }, 'a snapshot failed'));
  // setInterval cannot wait longer than 2^31 − 1 ms.
  return setInterval(take, Math.min(config.snapshotEveryMs, 2_147_483_647));
}
