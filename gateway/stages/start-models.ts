import type { Bites } from '../../metrics/process/bites.js';
import { realClock } from '../../metrics/process/clock.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { StartedPool } from '../../shards/api.js';
import { BundleFolders } from '../models/bundle-folders.js';
import type { BundleShelf } from '../models/bundle-shelf.js';
import { Models } from '../models/models.js';
import type { ServedBundle } from '../models/served-bundle.js';
import { recordStart, type chooseStartBundle } from '../models/start-bundle.js';
import { seedEmptyCatalogue } from '../start/open-catalogue.js';
import type { Ground } from './ground.js';

/** Whose models they are, and with which one they began. */
export interface ModelsStart {
  readonly pool: StartedPool;
  readonly catalogue: Catalogue;
  readonly shelf: BundleShelf;
  readonly start: Awaited<ReturnType<typeof chooseStartBundle>>;
  readonly served: ServedBundle;
  /** Ends the placing of items that change before there are models. */
  readonly untilModels: () => void;
  readonly bites: Bites;
}

/** The models of a gateway whose shards run. */
export async function startModels(
  { config, dataDir, stats, log }: Ground,
  { pool, catalogue, shelf, start, served, untilModels, bites }: ModelsStart,
): Promise<Models> {
  const folders = new BundleFolders(config.bundle, config.bundlesDir, shelf);
  const marginPercent = config.swapMarginPercent;
  const models = new Models(
    {
      pool,
      catalogue,
      shelf,
      folders,
      marginPercent,
      dataDir,
      bites,
      stats,
      clock: realClock,
      log,
      seed: (bundle) => seedEmptyCatalogue(catalogue, dataDir, bundle),
    },
    served,
    start.record,
    await recordStart(start, shelf),
  );
  // Before the gateway's listener: a shard that is told of an item finds its vector in place.
  catalogue.onChange((_changed, { content }) => models.placeItems(content));
  untilModels();
  return models;
}
