import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { realClock } from '../metrics/clock.js';
import { watchEventLoop } from '../metrics/event-loop.js';
import { countInvariants } from '../metrics/invariant.js';
import type { Log } from '../metrics/log.js';
import { createRegistry } from '../metrics/registry.js';
import { StartupError } from '../metrics/startup-error.js';
import { ThreadStats } from '../metrics/thread-stats.js';
import { loadBundle, type Bundle } from '../model/bundle.js';
import type { CatalogueStore } from '../model/catalogue-store.js';
import { Catalogue } from '../model/catalogue-writer.js';
import { NO_BUNDLE } from '../model/options.js';
import { PlacedBundle } from '../model/placed-bundle.js';
import { indexCatalogue } from '../model/search-index.js';
import { createSharedVectors } from '../model/shared-vectors.js';
import { createShardPool, openDataFolder, type StartedPool } from '../shards/pool.js';
import { openLmdbCatalogueStore } from '../shards/store/catalogue-store.js';
import type { Config } from './config.js';
import { Gateway } from './gateway.js';
import { SnapshotFolder } from './snapshot-folder.js';
import { loadUws } from './uws.js';

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

/**
 * Starts everything: addon, bundle, catalogue, shards, sockets, in the order in which a problem costs least.
 * Rejects with `StartupError`; the process is to end then.
 */
export async function startService(config: Config, log: Log): Promise<Service> {
  const uws = loadUws();
  const stats = ThreadStats.create();
  countInvariants(stats);
  const dataDir = createDataDir(config.dataDir);
  const bundle = config.bundle === NO_BUNDLE ? undefined : await loadBundle(resolve(config.bundle));
  await openDataFolder(dataDir, config.shards, realClock);
  const store = await openLmdbCatalogueStore(join(dataDir, 'catalogue'));
  const catalogue = await openCatalogue(config, store, bundle);
  const pool = await startPool(config, log, stats, dataDir, catalogue, bundle);
  const snapshots = new SnapshotFolder({
    folder: join(dataDir, 'snapshots'),
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
    metrics: createRegistry(() => [{ thread: 'gateway', stats }, ...pool.stats()]),
    stats,
    snapshots,
    modelFacts: bundle === undefined ? { bundle: null } : { bundle: bundleFacts(bundle) },
    consoleFolder: fileURLToPath(new URL('./console', import.meta.url)),
    clock: realClock,
    log,
  });
  const unwatch = watchEventLoop(stats);
  const timer = snapshotTimer(config, snapshots, log);
  return {
    url: gateway.url,
    model: pool.model,
    stop: async () => {
      clearInterval(timer);
      unwatch();
      gateway.drain();
      await snapshots.take().catch((error: unknown) => log.error({ err: error }, 'the snapshot at shutdown failed'));
      await pool.stop();
      gateway.close();
      await store.close();
    },
  };
}

function createDataDir(folder: string): string {
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    const advice = 'set AFTERCLICK_DATA_DIR to a folder that this user may write to';
    throw new StartupError('data_dir_unusable', `cannot make the data folder ${path} (${(error as Error).message}); ${advice}`);
  }
}

/** An empty catalogue gets the bundle's items; one that has any is left as the shop made it. */
async function openCatalogue(config: Config, store: CatalogueStore, bundle: Bundle | undefined): Promise<Catalogue> {
  const catalogue = await Catalogue.create({ itemMax: config.itemsMax, columnMax: config.attributeColumnsMax, store });
  if (bundle !== undefined && catalogue.indexCount === 0) await catalogue.seed(bundle.items);
  return catalogue;
}

function startPool(
  config: Config,
  log: Log,
  stats: ThreadStats,
  dataDir: string,
  catalogue: Catalogue,
  bundle: Bundle | undefined,
): Promise<StartedPool> {
  const common = { config, dataDir, catalogue: catalogue.shared, stats, clock: realClock, log, fatal: (error: Error) => endWith(log, error) };
  if (bundle === undefined) return createShardPool(common);
  const { width, similar } = bundle.manifest.shape;
  const placed = new PlacedBundle(bundle, catalogue, createSharedVectors(config.itemsMax, width, similar));
  catalogue.onChange((changed) => changed.forEach((index) => placed.placeItem(index)));
  return createShardPool({ ...common, bundle, vectors: placed.shared, indexOfRow: placed.indexOfRow });
}

/** Ends the process when a part that it cannot do without is beyond repair; a supervisor above starts it again. */
function endWith(log: Log, error: Error): void {
  log.fatal({ err: error }, 'a shard cannot be kept alive; the gateway ends');
  process.exit(1);
}

function bundleFacts({ manifest }: Bundle): object {
  const { name, version, createdAt, metrics, shape } = manifest;
  return { name, version, createdAt, metrics, shape };
}

function snapshotTimer(config: Config, snapshots: SnapshotFolder, log: Log): NodeJS.Timeout | undefined {
  if (config.snapshotEveryMs === 0) return undefined;
  const take = (): void => void snapshots.take().catch((error: unknown) => log.error({ err: error }, 'a snapshot failed'));
  // setInterval cannot wait longer than 2^31 − 1 ms.
  return setInterval(take, Math.min(config.snapshotEveryMs, 2_147_483_647));
}
