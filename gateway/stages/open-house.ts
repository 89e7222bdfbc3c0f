import { Bites } from '../../metrics/process/bites.js';
import { realClock } from '../../metrics/process/clock.js';
import { DiskSpace } from '../../metrics/process/disk-space.js';
import type { Service, ServiceStack } from '../../metrics/process/service-stack.js';
import { COUNTER } from '../../metrics/table.js';
import type { Bundle } from '../../model/bundle/bundle.js';
import { unlockFolder, type StartedPool } from '../../shards/api.js';
import type { Access } from '../access/access.js';
import { FileReserve } from '../admission/file-reserve.js';
import { auditFolder } from '../audit/audit-files.js';
import { AuditLog } from '../audit/audit-log.js';
import { BundleShelf } from '../models/bundle-shelf.js';
import { placedAtStart } from '../models/served-bundle.js';
import { NodeBundle } from '../models/node-bundle.js';
import { chooseStartBundle, optionBundle } from '../models/start-bundle.js';
import { DiskWatch } from '../snapshots/disk-watch.js';
import type { Config } from '../start/config.js';
import { openStores, type CatalogueListener, type OpenStores } from '../start/open-stores.js';
import type { Ground } from './ground.js';
import { openData } from './open-data.js';
import type { ModelsStart } from './start-models.js';
import { isInCluster, startPool } from './start-pool.js';

/** The data folder, what is kept in it, and the shards that serve it. */
export interface House extends ModelsStart {
  readonly stores: OpenStores;
  readonly audit: AuditLog;
  readonly disk: DiskWatch;
  readonly files: FileReserve;
  /** The pool as `stack` holds it. */
  readonly shards: Service;
}

/** Opens all of it, in the order in which a problem costs least. Rejects with `StartupError`. */
export async function openHouse(stack: ServiceStack, ground: Ground, access: Access): Promise<House> {
  const { config, dataDir, stats, log, owner } = ground;
  const shelf = new BundleShelf(dataDir);
  const start = isInCluster(config)
    ? await optionBundle(config.bundle)
    : await chooseStartBundle(config.bundle, shelf, log);
  await openData(stack, dataDir, config.shards);
  await unlockFolder(dataDir, config);
  owner.signal.throwIfAborted();
  const audit = await openAudit(stack, ground, access);
  const disk = stack.push(new DiskWatch(new DiskSpace(dataDir), log));
  const files = stack.push(new FileReserve({ log, stats }));
  const bites = new Bites(realClock);
  const listener = catalogueListener(ground, disk);
  const acceptsLoss = config.acceptStoreLoss === 'yes';
  const { bundle } = start;
  const inCluster = isInCluster(config) ? { bundleMs: madeMs(bundle) } : undefined;
  const opening = { config, dataDir, inCluster, acceptsLoss, bundle, bites, log, listener };
  const stores = await openStores(stack, opening);
  const { catalogue, folderId } = stores;
  const placed = await placedAtStart(bundle, catalogue, bites);
  const node = new NodeBundle({ shelf, catalogue, bites }, placed, start.record);
  owner.signal.throwIfAborted();
  // A node of a cluster hears of items from others while its pool starts.
  const untilModels = catalogue.onChange((_changed, { content }) => node.served.placed?.placeItems(content));
  const pool = await startPool(ground, { folderId, catalogue, bundle, node });
  const shards = stack.push({ stop: () => pool.stop() });
  bites.givesWay = () => pool.shedLevel > 0;
  watchDisk(disk, pool, config);
  await stores.run(isInCluster(config) ? NO_SHARDS : pool);
  owner.signal.throwIfAborted();
  const { served, record } = node;
  return {
    stores,
    catalogue,
    served,
    untilModels,
    pool,
    shards,
    shelf,
    start: { bundle, record },
    audit,
    disk,
    files,
    bites,
  };
}

/** When the bundle was made, epoch ms. */
function madeMs(bundle: Bundle | undefined): number {
  return Date.parse(bundle?.manifest.createdAt ?? '') || 0;
}

async function openAudit(stack: ServiceStack, { dataDir, log }: Ground, access: Access): Promise<AuditLog> {
  const audit = await AuditLog.open({ folder: auditFolder(dataDir), clock: realClock, log });
  stack.push({ stop: () => audit.stop() });
  access.refused = (why) => audit.noteSome({ who: {}, what: 'token.refused', result: why });
  return audit;
}

function catalogueListener({ stats, log, owner }: Ground, disk: DiskWatch): CatalogueListener {
  return {
    damaged: ({ kind, names, reason }) => {
      stats.count(COUNTER.recordsSetAside[kind]);
      log.error({ kind, names, reason }, 'a row of the catalogue is lost; put the item again');
    },
    onStall: disk.catalogueStalled,
    onFailure: owner.fatal,
  };
}

function watchDisk(disk: DiskWatch, pool: StartedPool, config: Config): void {
  disk.watchShards({
    // The stores of partitions come and go.
    count: isInCluster(config) ? 0 : config.shards,
    wait: () => pool.waitsForDisk,
    reason: () => pool.reports().find(({ report }) => report?.waitsFor !== undefined)?.report?.waitsFor,
    isDown: () => pool.reports().some(({ state }) => state === 'down'),
  });
}

/** A node of a cluster has copies of what the NATS servers keep: the marks of its folder are of the catalogue alone. */
const NO_SHARDS: Pick<StartedPool, 'stats'> = { stats: () => [] };
