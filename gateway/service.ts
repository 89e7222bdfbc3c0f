import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { realClock } from '../metrics/process/clock.js';
import { watchEventLoop } from '../metrics/event-loop.js';
import { countInvariants } from '../metrics/invariant.js';
import type { Log } from '../metrics/process/log.js';
import { type Service, ServiceStack } from '../metrics/process/service-stack.js';
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
import { claimFolder } from './start/folder-claim.js';
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

/** A gateway that takes connections. */
export interface RunningGateway {
  readonly url: string;
  readonly model: string;
  /**
   * Ends in order: no new connections, `bye` 1001 to those open, a last snapshot, everything written. Resolves when the data
   * folder may be opened by another process.
   */
  stop(): Promise<void>;
}

/** What there is before anything is opened. */
interface Ground {
  readonly config: Config;
  /** Absolute. */
  readonly dataDir: string;
  readonly stats: ThreadStats;
  readonly log: Log;
  readonly fatal: (error: Error) => void;
}

/**
 * Starts everything: addon, bundle, data folder, catalogue, shards, sockets, timers, in the order in which a problem costs
 * least. Rejects with `StartupError` when something cannot start; what was open by then is closed again.
 *
 * @param fatal called when the gateway cannot go on; the process is to end then.
 */
export function startService(
  config: Config,
  log: Log,
  fatal: (error: Error) => void,
): Promise<RunningGateway> {
  const stats = ThreadStats.create();
  countInvariants(stats);
  const ground: Ground = { config, dataDir: resolve(config.dataDir), stats, log, fatal };
  return ServiceStack.start((stack) => startAll(stack, ground));
}

async function startAll(stack: ServiceStack, ground: Ground): Promise<RunningGateway> {
  const { config, dataDir, stats, log } = ground;
  const uws = loadUws();
  const shelf = new BundleShelf(dataDir);
  const start = await chooseStartBundle(config.bundle, shelf, log);
  await openData(stack, dataDir, config.shards);
  const store = await openLmdbCatalogueStore(catalogueFolder(dataDir));
  stack.push({ stop: () => store.close() });
  const catalogue = await openCatalogue(config, store, start.bundle);
  const served = start.bundle === undefined ? noBundle(catalogue) : placeBundle(start.bundle, catalogue);
  const pool = await startPool(ground, catalogue, start.bundle, served);
  const shards = stack.push({ stop: () => pool.stop() });
  const folders = new BundleFolders(config.bundle, config.bundlesDir, shelf);
  const marginPercent = config.swapMarginPercent;
  const models = new Models(
    { pool, catalogue, shelf, folders, marginPercent, stats, clock: realClock, log },
    served,
    start.record,
    await recordStart(start, shelf),
  );
  // Before the gateway's listener: a shard that is told of an item finds its vector in place.
  catalogue.onChange((changed) => models.placeItems(changed));
  const sources = { pool, catalogue: store };
  const snapshots = new SnapshotFolder(snapshotsFolder(dataDir), config.snapshotsKept, sources, realClock);
  const gateway = await Gateway.start({
    config,
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
  // What the shards write last is still acknowledged: sockets stay open until the shards have stopped.
  stack.push(gateway, shards);
  stack.push({ stop: () => takeLastSnapshot(snapshots, log) });
  stack.push(watching(watchEventLoop(stats)));
  stack.push(watching(watchBundle(config, models, log)));
  stack.push(watching(takeSnapshots(config, snapshots, log)));
  return {
    url: gateway.url,
    model: pool.model,
    stop: () => {
      stack.drain();
      return stack.stop();
    },
  };
}

/** What a timer does now and then, as a service: the timer stops as soon as the gateway drains. */
function watching(end: () => void): Service {
  return { drain: end, stop: end };
}

/** Claims the data folder, and makes it when there is none. */
async function openData(stack: ServiceStack, dataDir: string, shards: number): Promise<void> {
  try {
    const claim = await claimFolder(dataDir);
    stack.push({ stop: () => claim.release() });
    await openDataFolder(dataDir, shards, realClock);
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
  { config, dataDir, stats, log, fatal }: Ground,
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

async function takeLastSnapshot(snapshots: SnapshotFolder, log: Log): Promise<void> {
  await snapshots
    .take()
    .catch((error: unknown) => log.error({ err: error }, 'the snapshot at shutdown failed'));
}

/** Watches the folder of the `bundle` option where that is asked for. Returns the end of it, as `takeSnapshots` does. */
function watchBundle(config: Config, models: Models, log: Log): () => void {
  if (config.watchBundle === 'off' || config.bundle === NO_BUNDLE) return () => undefined;
  const watch = new BundleWatch(resolve(config.bundle), models, log);
  return () => watch.stop();
}

/** Takes a snapshot every `snapshotEveryMs`, unless that is 0. */
function takeSnapshots(config: Config, snapshots: SnapshotFolder, log: Log): () => void {
  if (config.snapshotEveryMs === 0) return () => undefined;
  const take = (): void =>
    void snapshots.take().catch((error: unknown) => log.error({ err: error }, 'a snapshot failed'));
  // setInterval cannot wait longer than 2^31 − 1 ms.
  const timer = setInterval(take, Math.min(config.snapshotEveryMs, 2_147_483_647));
  return () => clearInterval(timer);
}
