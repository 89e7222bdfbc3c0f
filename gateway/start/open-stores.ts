import { randomUUID } from 'node:crypto';
import type { Bites } from '../../metrics/process/bites.js';
import { realClock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { ServiceStack } from '../../metrics/process/service-stack.js';
import { GAUGE } from '../../metrics/table.js';
import type { CatalogueStore } from '../../model/catalogue/catalogue-journal.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import {
  catalogueFolder,
  checkStores,
  mendKeys,
  openLmdbCatalogueStore,
  type StartedPool,
} from '../../shards/api.js';
import { MarkKeeper } from './mark-keeper.js';
import { openCatalogue, type CatalogueOpening } from './open-catalogue.js';

/** Who hears of the store of the catalogue. */
export type CatalogueListener = Pick<
  Parameters<typeof openLmdbCatalogueStore>[1] & object,
  'damaged' | 'onStall' | 'onFailure'
>;

/** Of what the stores of a claimed data folder are opened. */
export interface StoresOpening extends Pick<CatalogueOpening, 'config' | 'dataDir' | 'bundle' | 'inCluster'> {
  /** True: what was lost of the stores is accepted. */
  readonly acceptsLoss: boolean;
  readonly bites: Bites;
  readonly log: Log;
  readonly listener?: CatalogueListener;
}

/** A data folder whose shards may be started. */
export interface OpenStores {
  /** Id of the data folder. */
  readonly folderId: string;
  readonly marks: MarkKeeper;
  readonly store: CatalogueStore;
  readonly catalogue: Catalogue;
  /** All shards run: from now on the marks say how far they are. */
  readonly run: (pool: Pick<StartedPool, 'stats'>) => Promise<void>;
}

/**
 * Checks the stores of a data folder, mends what can be, and opens its marks and its catalogue, in the order of a start; `stack` ends
 * them. Rejects with `StartupError`.
 */
export async function openStores(stack: ServiceStack, opening: StoresOpening): Promise<OpenStores> {
  const { config, bundle, dataDir, inCluster, acceptsLoss, bites, log, listener } = opening;
  const found = await checkStores(dataDir, acceptsLoss, undefined, (inspected) => mendKeys(inspected, log));
  const marks = stack.push(await MarkKeeper.open(dataDir, { found, newId: randomUUID }, realClock, log));
  const { folderId } = marks;
  const identity = { folder: folderId, store: 'catalogue' };
  const store = await openLmdbCatalogueStore(catalogueFolder(dataDir), {
    ...listener,
    ...(inCluster !== undefined && { damaged: refuseDamage }),
    identity,
  });
  stack.push({ stop: () => store.close() });
  const indicesMin = found?.stores['catalogue'] ?? 0;
  const catalogue = await openCatalogue({ config, dataDir, store, bites, bundle, indicesMin, inCluster });
  return { folderId, marks, store, catalogue, run: (pool) => marks.run(() => heldBy(catalogue, pool)) };
}

/** A lost row is an item that other nodes have: what the NATS servers keep makes the catalogue anew. */
function refuseDamage({ reason }: Parameters<NonNullable<CatalogueListener['damaged']>>[0]): never {
  throw new StartupError(
    'cluster_differs',
    `the catalogue of this node is damaged (${reason}), and has to be that of the cluster: start it on a new data folder with the bundle of the others`,
  );
}

/** Items ever, and durable events of each shard. */
function heldBy(catalogue: Catalogue, pool: Pick<StartedPool, 'stats'>): Record<string, number> {
  const shards = pool
    .stats()
    .map(({ thread, stats }): [string, number] => [thread, stats.gaugeValue(GAUGE.journalEnd)]);
  return { catalogue: catalogue.savedCount, ...Object.fromEntries(shards) };
}
