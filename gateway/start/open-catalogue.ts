import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bites } from '../../metrics/process/bites.js';
import { removeFileDurably, writeFileDurably } from '../../metrics/process/durable-files.js';
import type { Bundle } from '../../model/bundle/bundle.js';
import type { CatalogueStore } from '../../model/catalogue/catalogue-journal.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { Catalogue } from '../../model/catalogue/catalogue.js';
import { SEEDING_MARKER } from '../../shards/api.js';

/** What the marker of a gateway begins with that runs: items in the catalogue may be the shop's own. */
const SHARED = 'running: ';

/** What a catalogue is opened with. */
export interface CatalogueOpening {
  readonly config: { readonly itemsMax: number; readonly attributeColumnsMax: number };
  readonly dataDir: string;
  readonly store: CatalogueStore;
  readonly bites: Bites;
  readonly bundle: Pick<Bundle, 'folder' | 'items'> | undefined;
  /** Indices that it had given out when that was last written down. */
  readonly indicesMin: number;
  /** Of a node of a cluster, whose catalogue has to be that of all other nodes: when items of the bundle came that do not say it, epoch ms. */
  readonly inCluster?: { readonly bundleMs: number } | undefined;
}

/**
 * Opens the catalogue. An empty one gets the bundle's items, all of them: the data folder says that they are on their way, and a
 * start that finds that goes on. One that has any items is left as the shop made it.
 *
 * When what the catalogue held was lost, the indices that it had given out stay taken: journals and states name items by them.
 */
export async function openCatalogue(opening: CatalogueOpening): Promise<Catalogue> {
  const { config, dataDir, store, bites, bundle, indicesMin, inCluster } = opening;
  if (inCluster === undefined && store.place !== undefined) throw ofCluster(dataDir);
  const catalogue = await Catalogue.create({
    itemMax: config.itemsMax,
    columnMax: config.attributeColumnsMax,
    store,
    bites,
    ...(inCluster !== undefined && { keepsCodes: true, clock: { nowMs: () => inCluster.bundleMs } }),
  });
  const isEmpty = catalogue.indexCount === 0;
  await catalogue.reserve(indicesMin);
  const marker = join(dataDir, SEEDING_MARKER);
  const isUnfinished = existsSync(marker);
  const isShared = isUnfinished && readFileSync(marker, 'utf8').startsWith(SHARED);
  if (isUnfinished && !isShared) await takeOutOthers(catalogue, bundle);
  if (bundle !== undefined && (isEmpty || isUnfinished)) {
    if (!isUnfinished) await writeFileDurably(marker, `${bundle.folder}\n`);
    // What was taken out above, by this start or an earlier one, comes back with its bundle.
    await (isUnfinished && !isShared ? catalogue.upsert(bundle.items) : catalogue.seed(bundle.items));
  }
  if (existsSync(marker) && (bundle !== undefined || !isShared)) await removeFileDurably(marker);
  return catalogue;
}

/**
 * The same for a bundle that a running gateway takes: a catalogue that never had an item gets those of the bundle. The shop may
 * put items of its own meanwhile, so what is there when that was broken off stays; a start with a bundle, or the next such call,
 * goes on. Rejects when the disk refuses.
 */
export async function seedEmptyCatalogue(
  catalogue: Catalogue,
  dataDir: string,
  bundle: Pick<Bundle, 'folder' | 'items'>,
): Promise<void> {
  const marker = join(dataDir, SEEDING_MARKER);
  if (catalogue.indexCount > 0 && !existsSync(marker)) return;
  await writeFileDurably(marker, `${SHARED}${bundle.folder}\n`);
  await catalogue.seed(bundle.items);
  await removeFileDurably(marker);
}

/** What this process changed by itself would be nobody else's in the cluster. */
function ofCluster(dataDir: string): StartupError {
  return new StartupError(
    'data_folder_of_cluster',
    `${dataDir} is the data folder of a node of a cluster, whose items are those of the others: start it with AFTERCLICK_CLUSTER, or name another folder with AFTERCLICK_DATA_DIR`,
  );
}

/** What is there is a part of what an earlier start wanted to put; it may have had another bundle. */
async function takeOutOthers(catalogue: Catalogue, bundle: CatalogueOpening['bundle']): Promise<void> {
  const wanted = new Set(bundle?.items.map(({ id }) => id));
  const found = Array.from(catalogue.indices(), (index) => catalogue.idOf(index));
  for (const id of found) if (!wanted.has(id)) await catalogue.remove(id);
}
